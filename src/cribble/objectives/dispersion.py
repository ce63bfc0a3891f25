"""Dispersion: the sum of the distances between picks, or the least of them."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.distances import squared_distances

METRICS = ("euclidean", "angle")


def _check_metric(metric: str) -> None:
    if metric not in METRICS:
        allowed = f"{' or '.join(map(repr, METRICS))}: the promise of greedy needs a metric"
        raise ParameterError("metric", metric, allowed)


def _distances(points: NDArray[Any], row: int, metric: str) -> NDArray[np.float64]:
    gaps: NDArray[np.float64] = np.sqrt(squared_distances(points, points[row].astype(np.float64)))
    if metric == "angle":
        # From the chord: exact for small angles, where the arc of a cosine is not.
        gaps = 2 * np.arcsin(np.minimum(gaps / 2, 1.0)) / np.pi
    return gaps


class DisparitySum:
    """f(S) = sum over pairs of S of their distance; monotone, but not submodular: gains rise.

    Args:
        points: (n, d) float32 or float64 rows, of unit length for "angle".
        metric: "euclidean", or "angle" in units of pi. Squared distances and 1 - cosine are no
            metrics, and greedy promises nothing for them.

    Raises:
        ParameterError: ``metric`` is none of these.
    """

    monotone = True
    submodular = False

    def __init__(self, points: NDArray[Any], metric: str = "euclidean") -> None:
        _check_metric(metric)
        self.size = len(points)
        self._points, self._metric = points, metric
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._sums = np.zeros(self.size)
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Look up the summed distances of some rows to the picks."""
        return self._sums[rows]

    def bounds(self) -> NDArray[np.float64]:
        """Copy all summed distances."""
        return self._sums.copy()

    def add(self, row: int) -> float:
        """Add a row and return its gain; one pass over the rows."""
        gain = float(self._sums[row])
        self._sums += _distances(self._points, row, self._metric)
        self._value += gain
        return gain

    def remove(self, row: int) -> float:
        """Take a row out and return what that changes; one pass over the rows."""
        self._sums -= _distances(self._points, row, self._metric)
        change = -float(self._sums[row])
        self._value += change
        return change

    def twin(self) -> DisparitySum:
        """Open a second state over the same rows, at the empty set."""
        twin = copy.copy(self)
        twin.reset()
        return twin


class DisparityMin:
    """f(S) = the least distance between two rows of S; neither monotone nor submodular.

    Greedy is the farthest-first walk from the lowest row that may be picked: under a row budget
    alone its set is at least half as spread as the best. Lazy evaluation is refused, and there is
    no certificate. Since f falls as rows are added, a cost budget, under which greedy stops at
    the first loss, gets two rows.

    Args:
        points: (n, d) float32 or float64 rows, of unit length for "angle".
        metric: "euclidean", or "angle" in units of pi. Squared distances and 1 - cosine are no
            metrics, and greedy promises nothing for them.
        alone: f of a set of fewer than two rows: 0, or the diameter of the rows, as GIST has it.

    Raises:
        ParameterError: ``metric`` is none of these, or ``alone`` is negative or not finite.

    Source:
        Gonzalez (1985), doi:10.1016/0304-3975(85)90224-5; for the least distance, Ravi,
        Rosenkrantz and Tayi (1994), doi:10.1287/opre.42.2.299.
    """

    monotone = False
    submodular = False

    def __init__(self, points: NDArray[Any], metric: str = "euclidean", alone: float = 0.0) -> None:
        _check_metric(metric)
        if not (np.isfinite(alone) and alone >= 0):
            raise ParameterError("alone", alone, "finite and 0 or more")
        self.size = len(points)
        self._points, self._metric, self._alone = points, metric, float(alone)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._nearest = np.full(self.size, np.inf)
        self._count = 0
        self._value = self._alone

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Look up what some rows would leave of the value."""
        if not self._count:
            return np.zeros(len(rows))
        least = np.inf if self._count == 1 else self._value
        gains: NDArray[np.float64] = np.minimum(self._nearest[rows], least) - self._value
        return gains

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every gain; none bounds a later one."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain; one pass over the rows."""
        gain = float(self.gains(np.array([row]))[0])
        if self._count:
            least = np.inf if self._count == 1 else self._value
            self._value = min(float(self._nearest[row]), least)
        np.minimum(self._nearest, _distances(self._points, row, self._metric), out=self._nearest)
        self._count += 1
        return gain
