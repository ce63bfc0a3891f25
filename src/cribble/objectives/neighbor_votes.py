"""Votes of neighbors that fade, stepped like a set function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.cascades import Arrows, votes


class NeighborVotes:
    """Gains of sum over the unpicked rows v that point to j of base^-(picks that v points to).

    The sum of the gains depends on the order of the picks, since a picked row has no vote, so
    there is no certificate. But no gain ever rises, so lazy evaluation finds the picks of a full
    scan.

    Args:
        arrows: From each row to its nearest ones; the weights are not used.
        base: Above 1.
    """

    monotone = False
    submodular = True

    def __init__(self, arrows: Arrows, base: float) -> None:
        self.size = len(arrows.start) - 1
        self._arrows, self._base = arrows, float(base)
        self.reset()

    def reset(self) -> None:
        """Go back to no picks."""
        self._times = np.zeros(self.size, dtype=np.int64)
        self._picked = np.zeros(self.size, dtype=np.bool_)
        self._value = 0.0

    @property
    def value(self) -> float:
        """The summed gains of the picks, in their order."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Count the votes for some rows."""
        state = (self._times, self._picked, self._base)
        found: NDArray[np.float64] = votes(self._arrows.start, self._arrows.sources, *state, rows)
        return found

    def bounds(self) -> NDArray[np.float64]:
        """Count the votes for every row."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self.gains(np.array([row]))[0])
        part = slice(self._arrows.start[row], self._arrows.start[row + 1])
        self._times[self._arrows.sources[part]] += 1
        self._picked[row] = True
        self._value += gain
        return gain
