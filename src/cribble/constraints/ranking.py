"""The rows that may be picked, best first, and those that may be among the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core.limits import Limits
from cribble.core.ordering import stable_order
from cribble.kernels.shares import Planned, leading, planned_order, shared_out


def ranked(
    limits: Limits, scores: NDArray[np.float64], among: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Order the rows that are not dropped by score, the kept ones before all others.

    With the kept rows first, a plan that takes the first rows of each group counts them in.

    Args:
        limits: The limits; only the kept and the dropped rows matter here.
        scores: (n,) larger is better; ties go to the lowest row.
        among: (m,) int64 rows to order, ascending; None for all.

    Returns:
        (m,) int64 rows, without the dropped ones.
    """
    rows = np.nonzero(~limits.excluded)[0] if among is None else among[~limits.excluded[among]]
    order = rows[stable_order(-np.asarray(scores, dtype=np.float64)[rows])]
    kept = np.zeros(limits.size, dtype=bool)
    kept[limits.keep] = True
    first = kept[order]
    return np.concatenate([order[first], order[~first]])


def ranked_by_share(
    limits: Limits,
    scores: NDArray[np.float64],
    codes: NDArray[np.int64],
    groups: int,
    allocation: str,
) -> Planned:
    """Order rows so that the best of each group up to its share come first, then groups in turn.

    Where any rows that are not dropped may fill a budget in rows, the shares are all that can be
    picked, and no other rows are sorted.

    Args:
        limits: The limits.
        scores: (n,) larger is better; ties go to the lowest row, and kept rows come first.
        codes: (n,) int64 group of each row.
        groups: Number of groups.
        allocation: How rows are shared out, one of `kernels.shares.ALLOCATIONS`.

    Returns:
        places: Rows of the pool; fit for `Admission.add_in_order`.
        shares: (C,) int64 planned rows of each group; None under a cost budget.

    Raises:
        ParameterError: There is no such allocation.
    """
    shares = rows = None
    if limits.rows is not None and not limits.column:
        free = ~limits.excluded
        shares = shared_out(np.bincount(codes[free], minlength=groups), limits.rows, allocation)
        keys = np.where(free, scores, -np.inf)
        keys[limits.keep] = np.inf
        rows = leading(codes, shares, keys)
    order = ranked(limits, scores, rows)
    plan = planned_order(codes[order], groups, limits.rows, allocation, shares)
    return Planned(order[plan.places], plan.shares)


def in_question(
    limits: Limits,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Find the rows that may be picked for their score, of which only bounds are known.

    No other row is, where the rows of largest score within a row budget are picked: as many of
    its group as may be picked have larger scores for sure.

    Args:
        limits: The limits, with a row budget; kept rows are picked whatever their score.
        least: (n,) float64, no score is below.
        most: (n,) float64, no score is above.
        rows: (r,) int64 rows, ascending, that were found for wider bounds; None for all.

    Returns:
        (m,) int64 rows, ascending.
    """
    assert limits.rows is not None
    codes, room = limits.groups.codes, np.minimum(limits.upper, limits.rows)
    order = np.nonzero(~limits.excluded)[0] if rows is None else rows
    order = order[stable_order(-least[order])]
    last = order[limits.groups.places(order) == room[codes[order]] - 1]
    bar = np.where(room > 0, -np.inf, np.inf)
    bar[codes[last]] = least[last]
    return np.sort(order[most[order] >= bar[codes[order]]])
