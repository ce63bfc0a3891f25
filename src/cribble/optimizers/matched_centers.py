"""Centers that cover a pool, moved to rows of groups that the limits ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Limits
from cribble.kernels.group_reach import nearest_in_groups
from cribble.kernels.slots import match_slots
from cribble.optimizers.farthest_first import Spread


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Centers that the limits can be met with, and what they prove.

    Args:
        picks: (h,) int64 rows, the kept ones first; each stands in for a center of the cover.
        moved: Largest squared distance from a center to the row that stands in for it.
        bound: No set within the limits has a smaller squared radius.
    """

    picks: NDArray[np.int64]
    moved: float
    bound: float


def match_centers(X: NDArray[Any], limits: Limits, cover: Spread) -> Matched:
    """Move as many centers of a cover as possible to rows that can be picked together.

    Let r be the least radius within the limits. Centers more than 2 r apart lie within r of
    different rows of an optimum, which is a way to match them. So the longest prefix of the cover
    that can be matched, each center within less than half of the prefix's least gap, leaves the
    next gap at 2 r or less; and the least distance that matches it is at most r, too. Both bound
    r from below, and the radius is at most their sum: 3 r.

    Args:
        X: (n, d) float32 or float64 rows.
        limits: A row budget of at least one row, group limits, kept and dropped rows.
        cover: Farthest-first from the kept rows over the whole pool, as many rows as the budget
            has.

    Source:
        Jones, Nguyen and Nguyen (2020), proceedings.mlr.press/v119/jones20a.
    """
    k, kept = len(cover.picks), len(limits.keep)
    eligible = ~limits.excluded
    eligible[limits.keep] = False
    within = cover.apart / 4
    within[:kept] = 0.0
    codes, groups = limits.groups.codes, len(limits.lower)
    around = (cover.squared, cover.owner, codes, groups, eligible, within)
    gaps, rows = nearest_in_groups(X, X[cover.picks], *around)
    # Kept rows stay where they are, below every threshold.
    own = (np.arange(kept), codes[limits.keep])
    gaps[own], rows[own] = -1.0, limits.keep

    def match(prefix: int, near: NDArray[np.bool_]) -> NDArray[np.int64] | None:
        return match_slots(near[:prefix], limits.lower, limits.upper, k)

    # Shorter prefixes have wider gaps: what holds for one holds for all before it.
    low, high = max(kept, 1), k
    while low < high:
        middle = (low + high + 1) // 2
        if match(middle, gaps < within[middle - 1]) is None:
            high = middle - 1
        else:
            low = middle
    thresholds = np.unique(gaps[:low][np.isfinite(gaps[:low])])
    at, end = 0, len(thresholds) - 1
    while at < end:
        middle = (at + end) // 2
        if match(low, gaps <= thresholds[middle]) is None:
            at = middle + 1
        else:
            end = middle
    given = match(low, gaps <= thresholds[at])
    assert given is not None
    moved = max(0.0, float(thresholds[at]))
    following = float(cover.apart[low]) if low < k else cover.reach
    return Matched(rows[np.arange(low), given], moved, max(moved, following / 4))
