"""Log-determinant: rows that span a large volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.projection import deflate, orthogonal_part, square_norms

# A squared residual below this share of the largest row cannot be told from rounding.
_ROUNDING = 1e-10


class LogDeterminant:
    """log det of the kernel B B^T on S, or with a ridge log det(I + B_S B_S^T / ridge).

    The kernel is never formed: what is left of a row once the span of the picks is taken out is
    brought up to date only when the row is asked for. O(r) a row and pick, at most O(n r k).

    Without a ridge the function is submodular but not monotone, and at most rank(B) rows have a
    residual: one in the span of the picks counts as if 1e-10 of the largest squared length were
    left of it. With a ridge it is monotone, submodular and good for any number of rows.

    Args:
        factor: (n, r) float32 or float64, B; unit rows give the cosine kernel.
        ridge: 0 or more, in the unit of a squared length.
        squares: (n,) float64 squared lengths where they are known better than float32 rows tell,
            so that rows of equal length tie; None measures them.

    Raises:
        ParameterError: ``ridge`` is negative.

    Source:
        Chen, Zhang and Zhou (2018), arXiv:1709.05135; the factored form is ours.
    """

    submodular = True

    def __init__(
        self,
        factor: NDArray[Any],
        ridge: float = 0.0,
        squares: NDArray[np.float64] | None = None,
    ) -> None:
        if not ridge >= 0:
            raise ParameterError("ridge", ridge, "0 or more")
        self.factor, self.ridge = factor, float(ridge)
        self.size = len(factor)
        self.monotone = ridge > 0
        measured = square_norms(factor) if squares is None else squares
        self._start = measured / (ridge or 1.0)
        self._floor = _ROUNDING * float(self._start.max(initial=0.0)) or _ROUNDING
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._left = self._start.copy()
        self._seen = np.zeros(self.size, dtype=np.int64)
        self._basis = np.empty((16, self.factor.shape[1]))
        self.rank = 0
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        deflate(self.factor, self._basis, self.rank, self._left, self._seen, rows)
        left = self._left[rows]
        gains: NDArray[np.float64] = (
            np.log1p(left) if self.ridge else np.log(np.maximum(left, self._floor))
        )
        return gains

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every gain."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        gain = float(self.gains(np.array([row]))[0])
        self._value += gain
        if self.ridge or self._left[row] > self._floor:
            self._extend(row)
        return gain

    def _extend(self, row: int) -> None:
        if self.rank == len(self._basis):
            self._basis = np.concatenate([self._basis, np.empty_like(self._basis)])
        vector = self.factor[row].astype(np.float64) / (self.ridge or 1.0)
        if self.ridge:
            # Rows of the basis w give M = I / ridge - sum of w w^T, the inverse of what is picked.
            image = orthogonal_part(self._basis, self.rank, self.factor[row].astype(np.float64))
            vector += image - self.factor[row]
            length = 1.0 + self._left[row]
        else:
            # Twice is enough: one pass loses orthogonality where little is left.
            for _ in range(2):
                vector = orthogonal_part(self._basis, self.rank, vector)
            length = float(vector @ vector)
        self._basis[self.rank] = vector / np.sqrt(length)
        self.rank += 1
