"""The order of candidates: kept, then by score, then by row; dropped ones never."""

from __future__ import annotations

import numpy as np

from cribble.constraints import ranked
from cribble.core import Budget, Pool


def test_kept_rows_come_first_and_dropped_rows_not_at_all() -> None:
    limits = Budget(rows=3, keep=[4, 1], drop=[2]).resolve(Pool(6))
    assert ranked(limits, np.array([1, 0, 9, 5, 2, 5])).tolist() == [4, 1, 3, 5, 0]
