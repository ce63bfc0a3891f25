"""Saturated coverage while no row is covered enough: the rows of most similarity, all told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, in_question, ranked
from cribble.core import Limits
from cribble.kernels.similarity import SUMMED_ROWS, SumBounds, positive_sums
from cribble.optimizers.base import Run

# Bounds are tightened so often at most, each time around the mean of so many rows; a mean that has
# moved by less than this share of their variance is the same.
_ROUNDS, _LIKE, _SAME = 4, 256, 0.1

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def largest_sums(
    points: NDArray[np.float32], limits: Limits, alpha: float, most: int
) -> Run | None:
    """Maximize saturated coverage where no row comes to its cap, without holding any pairs.

    A pick then adds c_j, the sum of its positive cosines, whatever else is picked, and no row ever
    adds more: the rows of largest c_j are the picks of greedy, ties included, and no set is
    better, since row budgets, group limits and kept rows form a matroid. The c_j are summed only
    for rows that bounds in O(d^2) leave in question.

    Args:
        points: (n, d) float32 rows of length 1, or 0.
        limits: What the picks must hold, with a row budget.
        alpha: Share of c_i at which row i is covered.
        most: Rows to sum, about.

    Returns:
        The run; None where a row may come to its cap, or more rows would have to be summed.
    """
    bounds = SumBounds(points)
    _tighten(bounds, points, limits)

    def exact(some: Rows) -> Floats:
        return positive_sums(points[some], points)

    run = largest(limits, bounds.least, bounds.most, exact, most)
    if run is None:
        return None
    return None if _reaches_a_cap(points, run.indices, bounds.least, alpha, most) else run


def _reaches_a_cap(
    points: NDArray[np.float32], picks: Rows, least: Floats, alpha: float, most: int
) -> bool:
    """Tell whether picks cover a row i by more than alpha * c_i, or may where that takes long."""
    cover = positive_sums(points, points[picks])
    rows = np.nonzero(cover > alpha * least)[0]
    sums = np.zeros(len(rows))
    low, high = 0, SUMMED_ROWS
    # Few products are enough to tell of most rows that they are far from their cap.
    while len(rows) and low < len(points):
        if len(rows) * (high - low) > most * len(points):
            return True
        sums += positive_sums(points[rows], points[low:high])
        left = cover[rows] > alpha * sums
        rows, sums = rows[left], sums[left]
        low, high = high, 4 * high
    return len(rows) > 0


def _tighten(bounds: SumBounds, points: NDArray[np.float32], limits: Limits) -> None:
    """Tighten bounds around the leading rows, until they are the same again."""
    means: list[Floats] = []
    for _ in range(_ROUNDS):
        rows = in_question(limits, bounds.least, bounds.most)
        # A round costs about what it takes to sum d rows.
        if len(rows) <= points.shape[1]:
            return
        mean = points[_leading(rows, bounds.most, _LIKE)].mean(axis=0, dtype=np.float64)
        moved = min((float(((mean - other) ** 2).sum()) for other in means), default=np.inf)
        if moved <= _SAME * (1 - float(mean @ mean)):
            return
        bounds.tighten(rows, mean)
        means.append(mean)


def largest(
    limits: Limits, least: Floats, most: Floats, exact: Callable[[Rows], Floats], enough: int
) -> Run | None:
    """Pick the rows of largest score, finding out as few scores as their bounds allow.

    Args:
        limits: What the picks must hold, with a row budget.
        least: (n,) float64, no score is below; becomes the score where it is found out.
        most: (n,) float64, no score is above; likewise.
        exact: From rows to their scores.
        enough: Scores to find out, about.

    Returns:
        The run; None where the first scores leave more rows than that in question.
    """
    scores = np.full(limits.size, -np.inf)
    rows = in_question(limits, least, most)
    asked = np.union1d(limits.keep, _leading(rows, most, _whole(limits.most_rows)))
    while len(asked):
        scores[asked] = least[asked] = most[asked] = exact(asked)
        rows = in_question(limits, least, most, rows)
        if len(rows) > enough:
            return None
        unknown = rows[np.isneginf(scores[rows])]
        # More blocks at once, for several threads, where many rows are left.
        asked = _leading(unknown, most, _whole(1 + len(unknown) // 8))
    picks = Admission(limits).add_in_order(ranked(limits, scores))
    value = float(scores[picks].sum())
    return Run(picks, scores[picks], value, value, int(np.isfinite(scores).sum()))


def _whole(count: int) -> int:
    """Round up to whole blocks, which cost the same however few rows are summed."""
    return -(-count // SUMMED_ROWS) * SUMMED_ROWS


def _leading(rows: Rows, most: Floats, count: int) -> Rows:
    """The rows of largest bounds."""
    return rows[np.argsort(-most[rows], kind="stable")[:count]]
