"""The nearest of many centers: matrix products find it, float64 decides where they cannot.

A product in float32 may differ in its last bits with the block's shape and the number of threads.
So the two best products of a row decide only where they differ by more than both can err; any
other row is measured again, as the sum of (x - c)^2 in float64 in one fixed order, against every
center that might be the nearest. The answer depends on the row and the centers alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.distances import squared_distance
from cribble.kernels.threads import in_threads
from cribble.kernels.widening import to_single

T = TypeVar("T")

_UNIT = 2.0**-24  # half the distance from 1 to the next float32
_SCORES = 1 << 19  # entries of the block of products, 2 MB: they are read back from the cache
_STRIP = 512
# Rows that a thread widens at once: 4 MB at 256 numbers a row.
CHUNK = 4_096


@njit(cache=True, nogil=True)
def squared_lengths(x):  # type: ignore[no-untyped-def]
    """Squared length of each row, (n,) float64."""
    out = np.empty(len(x))
    zero = np.zeros(x.shape[1], dtype=x.dtype)
    for i in range(len(x)):
        out[i] = squared_distance(x[i], zero, np.inf)
    return out


@njit(cache=True, nogil=True)
def _two_least(products, offsets, least, second, label):  # type: ignore[no-untyped-def]
    """Per column, the least and second least of offsets[c] - 2 products[c], and the first c."""
    centers, rows = products.shape
    for start in range(0, rows, _STRIP):
        stop = min(start + _STRIP, rows)
        low, next_low, at = least[start:stop], second[start:stop], label[start:stop]
        low[:] = np.float32(np.inf)
        next_low[:] = np.float32(np.inf)
        for c in range(centers):
            line, offset = products[c, start:stop], offsets[c]
            for i in range(stop - start):
                score = offset - np.float32(2) * line[i]
                next_low[i] = min(next_low[i], max(score, low[i]))
                at[i] = c if score < low[i] else at[i]
                low[i] = min(low[i], score)


@njit(cache=True, nogil=True)
def _settle(x, centers, products, offsets, least, second, margin, label):  # type: ignore[no-untyped-def]
    """Decide in float64 the rows whose two best scores are within ``margin`` of each other."""
    for i in range(len(x)):
        if second[i] - least[i] > margin[i]:
            continue
        best, reach = np.inf, least[i] + margin[i]
        for c in range(len(centers)):
            if offsets[c] - np.float32(2) * products[c, i] <= reach:
                gap = squared_distance(x[i], centers[c], best)
                if gap < best:
                    best = gap
                    label[i] = c


def over_chunks(n: int, work: Callable[[slice], T]) -> Iterator[tuple[slice, T]]:
    """Run ``work`` on fixed chunks of n rows, on all threads, and yield the results in row order.

    See `in_threads`.
    """
    chunks = [slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
    yield from zip(chunks, in_threads(work, chunks), strict=True)


class Nearest(NamedTuple):
    """What a search finds for each of m rows.

    Args:
        label: (m,) int32 nearest center, the lowest among equals, decided in float64.
        upper: (m,) float64, the squared distance to it is no larger.
        lower: (m,) float64, the squared distance to any other center is no smaller.
    """

    label: NDArray[np.int32]
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]


class Assigner:
    """Finds the nearest of fixed centers for blocks of rows; any number of threads may call it.

    A call holds one block of products, 2 MB or 64 rows of it.

    Args:
        centers: (k, d) float32, k at least 1.
    """

    def __init__(self, centers: NDArray[np.float32]) -> None:
        self.centers = np.ascontiguousarray(centers)
        squares = squared_lengths(self.centers)
        self._longest = float(np.sqrt(squares.max()))
        self._offsets = squares.astype(np.float32)
        self._rows = max(64, _SCORES // len(centers))

    def __call__(self, x: NDArray[np.float32]) -> Nearest:
        """Assign rows, (m, d) float32."""
        m, d = x.shape
        label = np.zeros(m, dtype=np.int32)
        least, second = np.empty(m, dtype=np.float32), np.empty(m, dtype=np.float32)
        squares = squared_lengths(x)
        # A product of d terms errs by at most d roundings of |x| |c|, and counts twice; then come
        # the roundings of the offset and of the difference.
        error = _UNIT * ((2 * d + 4) * np.sqrt(squares) * self._longest + 2 * self._longest**2)
        margin = np.nextafter((2 * error).astype(np.float32), np.float32(np.inf))
        space = np.empty(len(self.centers) * min(m, self._rows), dtype=np.float32)
        for start in range(0, m, self._rows):
            block = slice(start, start + self._rows)
            rows, label_, least_, second_ = x[block], label[block], least[block], second[block]
            products = space[: len(self.centers) * len(rows)].reshape(-1, len(rows))
            np.matmul(self.centers, rows.T, out=products)
            _two_least(products, self._offsets, least_, second_, label_)
            _settle(
                rows, self.centers, products, self._offsets, least_, second_, margin[block], label_
            )
        # Where float64 preferred another center, the float32 winner may be 2 errors below second.
        lower = np.maximum(squares + second - 3 * error, 0)
        return Nearest(label, np.maximum(squares + least + error, 0), lower)


@njit(cache=True, nogil=True)
def own_squares(x, centers, label):  # type: ignore[no-untyped-def]
    """Squared distance of each row to the center of its label, (m,) float64."""
    out = np.empty(len(x))
    for i in range(len(x)):
        out[i] = squared_distance(x[i], centers[label[i]], np.inf)
    return out


@njit(cache=True, nogil=True)
def _to_unit(x):  # type: ignore[no-untyped-def]
    zero = np.zeros(x.shape[1], dtype=x.dtype)
    for i in range(len(x)):
        length = np.sqrt(squared_distance(x[i], zero, np.inf))
        if length > 0:
            for j in range(x.shape[1]):
                x[i, j] = np.float32(x[i, j] / length)


def float_rows(x: NDArray[Any], spherical: bool = False) -> NDArray[np.float32]:
    """Copy a block of rows to float32; scaled to length 1 if ``spherical`` (zero rows stay)."""
    if not spherical:
        return to_single(x)
    rows = to_single(x, np.empty(x.shape, dtype=np.float32))
    _to_unit(rows)
    return rows


def center_squares(
    x: NDArray[Any],
    centers: NDArray[np.float32],
    label: NDArray[np.integer[Any]],
    *,
    spherical: bool = False,
) -> NDArray[np.float64]:
    """Measure every row against the center of its label, in chunks.

    Args:
        x: (n, d) floats, often a memory map.
        centers: (k, d) float32.
        label: (n,) integer center of each row.
        spherical: Whether rows are scaled to length 1 first.

    Returns:
        (n,) float64 squared distances.
    """
    out = np.empty(len(x))

    def work(chunk: slice) -> None:
        rows = float_rows(x[chunk], spherical)
        out[chunk] = own_squares(rows, centers, label[chunk].astype(np.int32, copy=False))

    for _ in over_chunks(len(x), work):
        pass
    return out


def nearest_centers(
    x: NDArray[Any], centers: NDArray[np.float32], *, spherical: bool = False
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Assign every row to its nearest center.

    O(n k d) time in matrix products; holds 12 bytes a row, and a thread 2 MB and a chunk of 4,096
    rows beside.

    Args:
        x: (n, d) floats, often a memory map.
        centers: (k, d) float32, k at least 1.
        spherical: Whether rows are scaled to length 1 first.

    Returns:
        label: (n,) int32, the lowest among equals.
        squares: (n,) float64 squared distance to it.
    """
    assigner = Assigner(centers)
    label, squares = np.empty(len(x), dtype=np.int32), np.empty(len(x))

    def work(chunk: slice) -> None:
        rows = float_rows(x[chunk], spherical)
        label[chunk] = assigner(rows).label
        squares[chunk] = own_squares(rows, assigner.centers, label[chunk])

    for _ in over_chunks(len(x), work):
        pass
    return label, squares
