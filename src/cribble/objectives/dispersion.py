"""Dispersion: the sum of the distances between picks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.distances import squared_distances

METRICS = ("euclidean", "angle")


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
        if metric not in METRICS:
            allowed = f"{' or '.join(map(repr, METRICS))}: the promise of greedy needs a metric"
            raise ParameterError("metric", metric, allowed)
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
        gaps = np.sqrt(squared_distances(self._points, self._points[row].astype(np.float64)))
        if self._metric == "angle":
            # From the chord: exact for small angles, where the arc of a cosine is not.
            gaps = 2 * np.arcsin(np.minimum(gaps / 2, 1.0)) / np.pi
        self._sums += gaps
        self._value += gain
        return gain
