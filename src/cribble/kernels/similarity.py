"""Similarities of all pairs: held at once, or summed as they pass."""

from __future__ import annotations

import threading

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.threads import in_threads

# Whole tiles, padded with zeros: how a thread count splits them cannot reach a ragged edge,
# where matrix products round differently.
TILE = 512
SUMMED_ROWS = 256
_SUMMED_COLUMNS = 128

# Entries across a patch that is mirrored at once.
_PATCH = 32


@njit(cache=True, nogil=True)
def _place(tile, low, left, out):  # type: ignore[no-untyped-def]
    """Write a tile and its mirror image, clipped at 0; on the diagonal only its upper half."""
    down, across = min(len(tile), len(out) - low), min(len(tile), len(out) - left)
    for i in range(down):
        source, target = tile[i], out[low + i]
        for j in range(i if low == left else 0, across):
            value = max(source[j], np.float32(0.0))
            source[j] = value
            target[left + j] = value
    for first in range(0, down, _PATCH):
        for j in range(first if low == left else 0, across):
            last = min(first + _PATCH, down, j if low == left else down)
            target = out[left + j]
            for i in range(first, last):
                target[low + i] = tile[i, j]


def positive_products(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply every row with every row, products below 0 set to 0.

    Args:
        X: (n, d) float32 rows; of unit length, the products are cosines.

    Returns:
        (n, n) float32, symmetric to the last bit. Memory: that, one copy of the rows,
        and 1 MB a thread.
    """
    size, dim = X.shape
    whole = np.zeros((-(-size // TILE) * TILE, dim), dtype=np.float32)
    whole[:size] = X
    out = np.empty((size, size), dtype=np.float32)
    local = threading.local()

    def stripe(low: int) -> None:
        if not hasattr(local, "tile"):
            local.tile = np.empty((TILE, TILE), dtype=np.float32)
        for left in range(low, size, TILE):
            np.matmul(whole[low : low + TILE], whole[left : left + TILE].T, out=local.tile)
            _place(local.tile, low, left, out)

    for _ in in_threads(stripe, range(0, size, TILE)):
        pass
    return out


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def _positive_sum(row):  # type: ignore[no-untyped-def]
    total = 0.0
    for j in range(len(row)):
        total += max(row[j], np.float32(0.0))
    return total


@njit(cache=True, nogil=True)
def _add_rows(tile, out):  # type: ignore[no-untyped-def]
    for i in range(len(out)):
        out[i] += _positive_sum(tile[i])


def positive_sums(X: NDArray[np.float32], Y: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum the positive products of every row of X with the rows of Y, holding few of them.

    Args:
        X: (m, d) float32.
        Y: (n, d) float32.

    Returns:
        (m,) float64; none depends on the other rows of X. Memory: a copy of Y, and
        256 (d + 128) float32 a thread.
    """
    whole = np.zeros((-(-len(Y) // _SUMMED_COLUMNS) * _SUMMED_COLUMNS, Y.shape[1]), np.float32)
    whole[: len(Y)] = Y
    out = np.zeros(len(X))
    local = threading.local()

    def stripe(low: int) -> None:
        if not hasattr(local, "tile"):
            local.rows = np.zeros((SUMMED_ROWS, X.shape[1]), dtype=np.float32)
            local.tile = np.empty((SUMMED_ROWS, _SUMMED_COLUMNS), dtype=np.float32)
        some = X[low : low + SUMMED_ROWS]
        local.rows[: len(some)] = some
        for left in range(0, len(whole), _SUMMED_COLUMNS):
            np.matmul(local.rows, whole[left : left + _SUMMED_COLUMNS].T, out=local.tile)
            _add_rows(local.tile, out[low : low + SUMMED_ROWS])

    for _ in in_threads(stripe, range(0, len(X), SUMMED_ROWS)):
        pass
    return out


def positive_sum_bounds(
    X: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bound what `positive_sums` finds for the rows of X among themselves, in O(n d^2).

    The positive part of a product p is (p + |p|) / 2. Of n products, no larger than 1, the |p|
    sum to at least the sum of p^2, and to at most the root of n times that: a quadratic form.

    Args:
        X: (n, d) float32, no row longer than 1.

    Returns:
        (n,) float64 lower and upper bounds, rounding of float32 included.
    """
    total, form = np.zeros(X.shape[1]), np.zeros((X.shape[1], X.shape[1]))
    for low in range(0, len(X), TILE):
        block = X[low : low + TILE]
        total += block.sum(axis=0, dtype=np.float64)
        form += block.T @ block
    sums = (X @ total.astype(np.float32)).astype(np.float64)
    squares = np.einsum("ij,ij->i", X @ form.astype(np.float32), X).astype(np.float64)
    squares = np.maximum(squares, 0)
    least = np.maximum(sums, (sums + squares) / 2)
    slack = 1e-5 * len(X)
    return np.maximum(least - slack, 0), (sums + np.sqrt(len(X) * squares)) / 2 + slack
