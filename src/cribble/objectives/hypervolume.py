"""Hypervolume: how much of the space of scores lies below at least one pick."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.dominance import fresh_volumes


class Hypervolume:
    """f(S) = volume of the scores that some row of S has or exceeds in every column.

    Monotone and submodular. Multiplying a column by a number multiplies all values, so that
    scales decide nothing; where the origin lies does.

    Args:
        scores: (n, c) float64 above the reference point, 0 or more, larger is better.

    Raises:
        ParameterError: A score is negative.
    """

    monotone = True
    submodular = True

    def __init__(self, scores: NDArray[np.float64]) -> None:
        if not scores.min(initial=0.0) >= 0:
            raise ParameterError("scores", float(scores.min()), "0 or more: shift the reference")
        self.size = len(scores)
        self._scores = np.ascontiguousarray(scores, dtype=np.float64)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._members = self._scores[:0]
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Measure what some rows would add."""
        found: NDArray[np.float64] = fresh_volumes(self._scores[rows], self._members)
        return found

    def bounds(self) -> NDArray[np.float64]:
        """Measure every gain."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self.gains(np.array([row]))[0])
        members = np.vstack([self._members, self._scores[row]])
        self._members = members[np.argsort(-members[:, 0], kind="stable")]
        self._value += gain
        return gain
