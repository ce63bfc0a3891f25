"""Graph cut: similar to the pool, dissimilar to one another."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.distances import mean_row
from cribble.kernels.projection import row_products, square_norms


class GraphCut:
    """f(S) = sum of s_ij over i in the pool, j in S, less lam * the sum of s_ij over i, j in S.

    The second sum runs over ordered pairs, i = j too. The similarity is linear,
    s_ij = scale * (<x_i, x_j> + shift), so that a gain costs O(d), and no pair is ever stored.
    With unit rows, scale 1/2 and shift 1 it is (1 + cosine) / 2, which is never negative.
    Submodular; monotone only where ``lam`` is at most 1/2.

    Args:
        points: (n, d) float32 or float64 rows: of unit length at most with shift 1, without
            negative entries with shift 0.
        lam: Weight of the redundancy, 0 or more.
        scale: Factor of the similarity, above 0.
        shift: 0 or 1.

    Raises:
        ParameterError: A similarity could be negative, so that the function would be neither
            monotone nor submodular; or ``lam`` is negative.

    Source:
        Lin and Bilmes (2011), aclanthology.org/P11-1052.
    """

    submodular = True

    def __init__(
        self, points: NDArray[Any], lam: float = 0.4, *, scale: float = 0.5, shift: int = 1
    ) -> None:
        if not lam >= 0:
            raise ParameterError("lam", lam, "0 or more")
        self.size = len(points)
        self.monotone = lam <= 0.5
        self._points, self._lam, self._scale, self._shift = points, lam, scale, shift
        self._squares = square_norms(points)
        if shift and self._squares.max(initial=0.0) > 1 + 1e-5:
            raise ParameterError("points", "longer than 1", "of unit length with shift 1")
        if not shift and points.size and points.min() < 0:
            raise ParameterError("points", float(points.min()), "0 or more with shift 0")
        self._total = mean_row(points) * len(points)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        # A gain is scale * (<x_j, pull> + level) less what the row is to itself.
        self._pull = self._total.copy()
        self._level = float(self._shift * self.size)
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        alike = row_products(self._points, rows, self._pull) + self._level
        itself = self._squares[rows] + self._shift
        gains: NDArray[np.float64] = self._scale * (alike - self._lam * itself)
        return gains

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every gain."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self.gains(np.array([row]))[0])
        self._pull -= 2 * self._lam * self._points[row]
        self._level -= 2 * self._lam * self._shift
        self._value += gain
        return gain

    def remove(self, row: int) -> float:
        """Take a row out and return what that changes."""
        self._pull += 2 * self._lam * self._points[row]
        self._level += 2 * self._lam * self._shift
        change = -float(self.gains(np.array([row]))[0])
        self._value += change
        return change

    def twin(self) -> GraphCut:
        """Open a second state over the same rows, at the empty set."""
        twin = copy.copy(self)
        twin.reset()
        return twin
