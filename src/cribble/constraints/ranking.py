"""The rows that may be picked, best first, for methods that plan before they add."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core.limits import Limits


def ranked(limits: Limits, scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order the rows that are not dropped by score, the kept ones before all others.

    With the kept rows first, a plan that takes the first rows of each group counts them in.

    Args:
        limits: The limits; only the kept and the dropped rows matter here.
        scores: (n,) larger is better; ties go to the lowest row.

    Returns:
        (m,) int64 rows.
    """
    rows = np.nonzero(~limits.excluded)[0]
    kept = np.zeros(limits.size, dtype=bool)
    kept[limits.keep] = True
    return rows[np.lexsort((-np.asarray(scores, dtype=np.float64)[rows], ~kept[rows]))]
