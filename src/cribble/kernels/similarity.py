"""Similarities of all pairs: held at once, or summed as they pass."""

from __future__ import annotations

import threading

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.threads import in_threads, limited_threads

# Whole tiles, padded with zeros: how a thread count splits them cannot reach a ragged edge,
# where matrix products round differently.
TILE = 512
SUMMED_ROWS = 128
# So many products are summed at a time, so that a few rows, too, are work for all threads.
_ACROSS = 8 * SUMMED_ROWS

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
        (m,) float64; none depends on the other rows of X. Memory: 128 (2 d + 128) float32 a
        thread.
    """
    out = np.zeros(len(X))
    local = threading.local()
    # Whole tiles, as for `positive_products`; the rows that are left over are padded once.
    whole = len(Y) // SUMMED_ROWS * SUMMED_ROWS
    rest = np.zeros((SUMMED_ROWS, Y.shape[1]), dtype=np.float32)
    rest[: len(Y) - whole] = Y[whole:]

    def part(place: tuple[int, int]) -> NDArray[np.float64]:
        low, first = place
        if not hasattr(local, "tile"):
            local.rows = np.zeros((SUMMED_ROWS, X.shape[1]), dtype=np.float32)
            local.tile = np.empty((SUMMED_ROWS, SUMMED_ROWS), dtype=np.float32)
        some = X[low : low + SUMMED_ROWS]
        local.rows[: len(some)] = some
        sums = np.zeros(len(some))
        for left in range(first, min(first + _ACROSS, len(Y)), SUMMED_ROWS):
            across = Y[left : left + SUMMED_ROWS] if left < whole else rest
            np.matmul(local.rows, across.T, out=local.tile)
            _add_rows(local.tile, sums)
        return sums

    places = [
        (low, first) for low in range(0, len(X), SUMMED_ROWS) for first in range(0, len(Y), _ACROSS)
    ]
    for (low, _), sums in zip(places, in_threads(part, places), strict=True):
        out[low : low + SUMMED_ROWS] += sums
    return out


class SumBounds:
    """Bounds of what `positive_sums` finds for the rows of X among themselves.

    The positive part of a product p is (p + |p|) / 2, and |p| <= (p^2 / h + h) / 2 for any h > 0,
    with equality at h = |p|. So a quadratic form in a row bounds its sum from above, with an h for
    each row that is summed over. From below, the products with any of those rows are a bound.

    The first bounds take one h for all, the best for each row. `tighten` takes them from rows that
    others are like: within a cluster a few per cent are then left in question.

    Args:
        X: (n, d) float32, no row longer than 1.

    Attributes:
        least: (n,) float64 lower bounds, rounding of float32 included.
        most: (n,) float64 upper bounds, likewise.
    """

    def __init__(self, X: NDArray[np.float32]) -> None:
        self._rows, d = X, X.shape[1]
        self._slack = 1e-5 * len(X)
        self._total, form = np.zeros(d), np.zeros((d, d))
        # One thread and blocks of one size, here and below: what is bounded decides what is done.
        with limited_threads(1):
            for low in range(0, len(X), TILE):
                block = X[low : low + TILE]
                self._total += np.ones(len(block), dtype=np.float32) @ block
                form += block.T @ block
            sums, squares = self._values(np.arange(len(X)), self._total, form)
        # No |p| exceeds 1, so that they sum to at least what the p^2 do.
        self.least = np.maximum(np.maximum(sums, (sums + squares) / 2) - self._slack, 0)
        self.most = (sums + np.sqrt(len(X) * squares)) / 2 + self._slack

    def tighten(self, rows: NDArray[np.int64], mean: NDArray[np.float64]) -> None:
        """Bring the bounds of some rows closer, in O(n d^2).

        Args:
            rows: (m,) int64 rows whose bounds to tighten.
            mean: (d,) float64 mean of rows of length 1 that they are like; any other is right, too.
        """
        X, d = self._rows, self._rows.shape[1]
        center = mean.astype(np.float32)
        # Of products with rows around the mean, if those vary alike in all directions.
        spread = np.float32(max(1 - float(mean @ mean), 0.0) / d)
        form, ahead, base = np.zeros((d, d)), np.zeros(d), 0.0
        with limited_threads(1):
            for low in range(0, len(X), TILE):
                block = X[low : low + TILE]
                along = block @ center
                usual = np.maximum(np.sqrt(along**2 + spread), np.float32(0.01))
                scaled = block * (np.float32(0.5) / np.sqrt(usual))[:, None]
                form += scaled.T @ scaled
                ahead += (along > 0).astype(np.float32) @ block
                base += float(usual.sum(dtype=np.float64)) / 4
            least, squares = self._values(rows, ahead, form)
            sums, _ = self._values(rows, self._total)
        self.least[rows] = np.maximum(self.least[rows], least - self._slack)
        self.most[rows] = np.minimum(self.most[rows], sums / 2 + squares + base + self._slack)

    def _values(
        self,
        rows: NDArray[np.int64],
        vector: NDArray[np.float64],
        form: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Multiply rows by a vector, and evaluate a quadratic form, 0 or more, at them."""
        along, squares = np.empty(len(rows)), np.zeros(len(rows))
        for low in range(0, len(rows), TILE):
            part = slice(low, low + TILE)
            block = self._rows[rows[part]]
            along[part] = block @ vector.astype(np.float32)
            if form is not None:
                squares[part] = np.einsum("ij,ij->i", block @ form.astype(np.float32), block)
        return along, np.maximum(squares, 0)
