"""Maximal marginal relevance, stepped like a set function."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.projection import raise_nearest


class MarginalRelevance:
    """Gains of lam * relevance + (1 - lam) * (1 - largest similarity to a pick).

    A gain depends on the order of the picks, so the sum of the gains is no set function, and there
    is no certificate. But no gain ever rises, so lazy evaluation finds the picks of a full scan.
    Similarities are cosines, clipped at 0; with no picks the largest is 0.

    Args:
        points: (n, d) float32 or float64 unit rows.
        relevance: (n,) float64 in [0, 1].
        lam: Weight of the relevance, in [0, 1].
    """

    monotone = False
    submodular = True

    def __init__(self, points: NDArray[Any], relevance: NDArray[np.float64], lam: float) -> None:
        self.size = len(points)
        self._points, self._relevance, self._lam = points, relevance, lam
        self.reset()

    def reset(self) -> None:
        """Go back to no picks."""
        self._nearest = np.zeros(self.size)
        self._seen = np.zeros(self.size, dtype=np.int64)
        self._picks = np.empty(16, dtype=np.int64)
        self._count = 0
        self._value = 0.0

    @property
    def value(self) -> float:
        """The summed gains of the picks, in their order."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate some rows."""
        met = (self._points, self._picks, self._count, self._nearest, self._seen)
        raise_nearest(*met, rows)
        fresh = 1.0 - np.minimum(self._nearest[rows], 1.0)
        gains: NDArray[np.float64] = self._lam * self._relevance[rows] + (1 - self._lam) * fresh
        return gains

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every row."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self.gains(np.array([row]))[0])
        if self._count == len(self._picks):
            self._picks = np.concatenate([self._picks, np.empty_like(self._picks)])
        self._picks[self._count] = row
        self._count += 1
        self._value += gain
        return gain
