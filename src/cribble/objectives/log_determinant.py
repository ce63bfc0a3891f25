"""Log-determinant: rows that span a large volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.projection import deflate, orthogonal_part, relieve, square_norms

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


class WindowedLogDeterminant:
    """What a row adds to log det(I + L / ridge) of the last window - 1 rows added, L = B B^T.

    No function of a set: a row added long ago counts no longer, so that gains rise again and the
    sum of them is the value of a sequence. While fewer rows than the window have been added it is
    `LogDeterminant`. O(n r + w^2 (r + w)) a pick, w the window: the rows that stay in it are
    factored anew at every pick, so that nothing drifts over a long list.

    Args:
        factor: (n, r) float32 or float64, B; unit rows give the cosine kernel.
        ridge: Above 0, in the unit of a squared length.
        window: Rows that count, the next one among them; 2 or more.
        squares: (n,) float64 squared lengths where they are known better than float32 rows tell,
            so that rows of equal length tie; None measures them.

    Raises:
        ParameterError: ``ridge`` or ``window`` is too small.

    Source:
        Chen, Zhang and Zhou (2018), arXiv:1709.05135, section 4.2; the factored form is ours.
    """

    monotone = True
    submodular = False

    def __init__(
        self,
        factor: NDArray[Any],
        ridge: float,
        window: int,
        squares: NDArray[np.float64] | None = None,
    ) -> None:
        if not ridge > 0:
            raise ParameterError("ridge", ridge, "above 0")
        if window < 2:
            raise ParameterError("window", window, "2 or more")
        self.factor, self.ridge, self.window = factor, float(ridge), window
        self.size = len(factor)
        self._start = square_norms(factor) if squares is None else squares
        self.reset()

    def reset(self) -> None:
        """Go back to where nothing has been added."""
        self._left = self._start.astype(np.float64)
        self._recent: list[int] = []
        self._value = 0.0

    @property
    def value(self) -> float:
        """The sum of the gains so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate what some rows add to the window."""
        gains: NDArray[np.float64] = np.log1p(self._left[rows] / self.ridge)
        return gains

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every gain."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row, forget the oldest where the window is full, and return the gain."""
        gain = float(self.gains(np.array([row]))[0])
        self._value += gain
        staying = self._recent[-(self.window - 2) :] if self.window > 2 else []
        directions = np.zeros((2, self.factor.shape[1]))
        directions[0] = self._direction(row, staying)
        if len(self._recent) == self.window - 1:
            directions[1] = self._direction(self._recent[0], staying)
        relieve(self.factor, *directions, self._left)
        self._recent = [*staying, row]
        return gain

    def _direction(self, row: int, others: list[int]) -> NDArray[np.float64]:
        """What a row, beside some others, takes of each row: the square of a product, (r,)."""
        vector = self.factor[row].astype(np.float64)
        beside = self.factor[others].astype(np.float64)
        shared = np.linalg.solve(
            beside @ beside.T + self.ridge * np.eye(len(others)), beside @ vector
        )
        rest = vector - beside.T @ shared
        found: NDArray[np.float64] = rest / np.sqrt(self.ridge + max(float(vector @ rest), 0.0))
        return found
