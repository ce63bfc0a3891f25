"""Draws from determinantal point processes, in time that hardly grows with the number of rows.

Rows are never held in a second copy: a row of the factor is scale_i * x_i, made when asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.distances import BLOCK

# A share of the largest eigenvalue that cannot be told from the rounding of float32 rows.
ROUNDING = 1e-10
# Rounds of proposals before a full pass over the rows pays.
_ROUNDS = 24
_LARGEST_BATCH = 256

Admitted = Callable[[NDArray[np.int64]], NDArray[np.bool_]]


def row_lengths(x: NDArray[Any]) -> NDArray[np.float64]:
    """Euclidean length of every row, (n,) float64, in blocks of fixed size."""
    out = np.empty(len(x))
    for low in range(0, len(x), BLOCK):
        block = x[low : low + BLOCK].astype(np.float64)
        out[low : low + BLOCK] = np.sqrt(np.einsum("ij,ij->i", block, block))
    return out


def scaled_gram(x: NDArray[Any], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the outer squares of the rows scale_i * x_i, (d, d) float64, in blocks of fixed size."""
    gram = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK] * scale[start : start + BLOCK, None]
        gram += block.T @ block
    return gram


def orthonormal_axes(x: NDArray[Any], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Axes (d, r) float64 that turn the rows scale_i * x_i into r orthonormal columns."""
    values, axes = np.linalg.eigh(scaled_gram(x, scale))
    used = values > ROUNDING * max(values.max(initial=0.0), 1e-300)
    found: NDArray[np.float64] = axes[:, used] / np.sqrt(values[used])
    return found


def log_elementary(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Logarithms of the elementary symmetric polynomials of every head of some numbers.

    Args:
        values: (r,) float64, above 0.
        most: The largest degree.

    Returns:
        (r + 1, most + 1) float64: entry [b, l] is the log of the sum, over all l of the first b
        numbers, of their product; -inf where l > b. Logs do not overflow where products would.
    """
    table = np.full((len(values) + 1, most + 1), -np.inf)
    table[:, 0] = 0.0
    for b, log in enumerate(np.log(values)):
        table[b + 1, 1:] = np.logaddexp(table[b, 1:], log + table[b, :-1])
    return table


def draw_subset(
    values: NDArray[np.float64],
    table: NDArray[np.float64],
    size: int,
    uniforms: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Draw ``size`` places with a chance in proportion to the product of their numbers.

    Args:
        values: (r,) float64, above 0.
        table: From `log_elementary`, of degree ``size`` at least.
        size: Places to draw, at most r.
        uniforms: (r,) in [0, 1).

    Returns:
        (size,) int64, ascending.

    Source:
        Kulesza and Taskar (2012), doi:10.1561/2200000044, algorithm 8.
    """
    found = np.empty(size, dtype=np.int64)
    logs = np.log(values)
    for b in range(len(values), 0, -1):
        if size == 0:
            break
        if uniforms[b - 1] < np.exp(logs[b - 1] + table[b - 1, size - 1] - table[b, size]):
            size -= 1
            found[size] = b - 1
    return found


class Projection:
    """A projection DPP over the rows v_i = (scale_i * x_i) axes, whose columns are orthonormal.

    A row is drawn with a chance in proportion to what is left of v_i once the span of the drawn
    rows is taken out. Rows are proposed by their whole length and accepted by the share that is
    left, so that m of n rows cost O(m log m) evaluations of O(m d) and no pass over all rows.

    Args:
        x: (n, d) any float.
        scale: (n,) float64, 0 for rows that cannot be drawn.
        axes: (d, m) float64.

    Attributes:
        lengths: (n,) float64 squared lengths of the v_i, which sum to m: the chance of each row.

    Source:
        The chain rule: Hough et al. (2006), doi:10.1214/154957806000000078. Rejection: Barthelmé,
        Tremblay and Amblard (2022), arXiv:2210.17358.
    """

    def __init__(
        self, x: NDArray[Any], scale: NDArray[np.float64], axes: NDArray[np.float64]
    ) -> None:
        self._x, self._scale, self._axes = x, scale, axes
        self._basis = np.empty((axes.shape[1], axes.shape[1]))
        self._count = 0
        self.lengths = self._in_blocks()
        self._ticks = np.cumsum(self.lengths)

    @property
    def left(self) -> int:
        """How many rows are still to be drawn."""
        return len(self._basis) - self._count

    def reset(self) -> None:
        """Go back to where no row is drawn."""
        self._count = 0

    def draw(self, random: np.random.Generator, admitted: Admitted) -> int:
        """Draw the next row among those admitted; -1 where nothing is left of any of them."""
        if not self.left or not self._ticks[-1:].any():
            return -1
        batch = min(_LARGEST_BATCH, 2 * len(self._basis) // self.left)
        for _ in range(_ROUNDS):
            ticks = random.random(batch) * self._ticks[-1]
            rows = np.minimum(np.searchsorted(self._ticks, ticks, "right"), len(self._x) - 1)
            passed = random.random(batch) * self.lengths[rows] < self._rest(rows)
            passed &= admitted(rows)
            if passed.any():
                return int(rows[passed.argmax()])
        rest = np.where(admitted(np.arange(len(self._x))), self._in_blocks(), 0.0)
        ticks = np.cumsum(np.where(rest > ROUNDING * self.lengths, rest, 0.0))
        if ticks[-1] <= ROUNDING:
            return -1
        return int(np.searchsorted(ticks, random.random() * ticks[-1], "right"))

    def add(self, row: int) -> None:
        """Take the span of a row out of all others."""
        vector = self._vectors(np.array([row]))[0]
        basis = self._basis[: self._count]
        # Twice is enough: one pass loses orthogonality where little is left.
        for _ in range(2):
            vector = vector - basis.T @ (basis @ vector)
        self._basis[self._count] = vector / np.sqrt(vector @ vector)
        self._count += 1

    def _vectors(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        vectors: NDArray[np.float64] = (self._x[rows] * self._scale[rows, None]) @ self._axes
        return vectors

    def _rest(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        vectors = self._vectors(rows)
        along = vectors @ self._basis[: self._count].T
        rest = np.einsum("ij,ij->i", vectors, vectors) - np.einsum("ij,ij->i", along, along)
        floored: NDArray[np.float64] = np.maximum(rest, 0.0)
        return floored

    def _in_blocks(self) -> NDArray[np.float64]:
        parts = [self._rest(slice(low, low + BLOCK)) for low in range(0, len(self._x), BLOCK)]
        return np.concatenate(parts) if parts else np.zeros(0)
