"""Draws of rows with equal chances within limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.admission import Admission
from cribble.core.limits import Limits
from cribble.core.ordering import stable_order
from cribble.core.randomness import row_uniforms


def draw_evenly(limits: Limits, seed: int) -> NDArray[np.int64]:
    """Draw rows of equal chances, as `random` does.

    Args:
        limits: The limits.
        seed: With the row numbers, decides the order in which rows are visited.

    Returns:
        (k,) int64 rows, in random order after the kept ones.
    """
    order = stable_order(row_uniforms(seed, "random", 0, limits.size))
    return Admission(limits).add_in_order(order)
