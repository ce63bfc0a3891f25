"""Saturated coverage while no row is covered enough: every pick adds all its similarity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.similarity import SUMMED_ROWS, positive_sum_bounds, positive_sums


class UncappedCoverage:
    """f(S) = sum over j in S of c_j, where c_j is the sum of the positive cosines of row j.

    Saturated coverage never exceeds it, and equals it where `reaches_no_cap`. Greedy then picks
    the same rows for both, ties included: a pick adds all its c_j, and no other row adds more than
    its own. The c_j are summed only for rows that a bound in O(d^2) leaves in question.

    Args:
        points: (n, d) float32 rows of length 1, or 0.
    """

    monotone = True
    submodular = True

    def __init__(self, points: NDArray[np.float32]) -> None:
        self.size = len(points)
        self._points = points
        self._least, self._most = positive_sum_bounds(points)
        self._order = np.argsort(-self._most, kind="stable")
        self._sums = np.full(len(points), np.nan)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Sum the positive cosines of some rows, each once."""
        unknown = rows[np.isnan(self._sums[rows])]
        if len(unknown):
            # A block costs the same however few rows are asked for: the next best come along.
            self._sums[unknown] = 0.0
            waiting = self._order[np.isnan(self._sums[self._order])]
            some = np.concatenate([unknown, waiting[: -len(unknown) % SUMMED_ROWS]])
            self._sums[some] = positive_sums(self._points[some], self._points)
        return self._sums[rows]

    def bounds(self) -> NDArray[np.float64]:
        """Bound every c_j in O(d^2); those summed already are exact."""
        return np.where(np.isnan(self._sums), self._most, self._sums)

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self.gains(np.array([row]))[0])
        self._value += gain
        return gain

    def reaches_no_cap(self, picks: NDArray[np.int64], alpha: float) -> bool:
        """Tell whether picks cover every row i by at most alpha * c_i."""
        points = self._points
        cover = positive_sums(points, points[picks])
        doubtful = np.nonzero(cover > alpha * self._least)[0]
        return bool((cover[doubtful] <= alpha * self.gains(doubtful)).all())
