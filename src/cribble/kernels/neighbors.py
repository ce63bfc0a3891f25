"""Near rows of each row of a pool: exact in blocks, or within cells of about 512 rows.

A pool of any size is searched in time that grows as n log n: a cell is compared with so many
cells around it that they have a fixed number of rows together. Rows lie in a copy in which each
cell is one piece, so that a search past memory reads pieces of a file and not single rows.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core.randomness import stream
from cribble.kernels.assignment import float_rows
from cribble.kernels.distances import squared_distance
from cribble.kernels.partition import MOST_ROWS, Partition, partition
from cribble.kernels.scratch import blocks_of, scratch
from cribble.kernels.threads import in_threads
from cribble.kernels.widening import bits_of, read_row, wide_rows

_BLOCK = 512
_COLUMNS = 4096
# Above so many rows the quadratic search takes longer than one inside cells.
EXACT_ROWS = 20_000
_PROBES = 8
# A block of products of two cells: it is read back from the cache.
_CELL_ROWS, _CELL_COLUMNS = 512, 1024
_STRIDE = 64
# Of what the cells around one may be, in the number of cells asked for: some are small.
_MOST_CELLS = 8
_CELL_SCORES = 1 << 19


class NearRows(NamedTuple):
    """Near rows of each row, in the order in which they were searched.

    Args:
        order: (n,) int32; line p is that of row ``order[p]``.
        lines: (n, 2 c) int32: c rows in no particular order, n where fewer were found; then the
            bits of their squared distances in float32. Often a map, so that one array is kept.
    """

    order: NDArray[np.int32]
    lines: NDArray[np.int32]

    @property
    def rows(self) -> NDArray[np.int32]:
        """The near rows, (n, c) int32."""
        return self.lines[:, : self.lines.shape[1] // 2]

    @property
    def gaps(self) -> NDArray[np.float32]:
        """Their squared distances, (n, c) float32; infinite where fewer were found."""
        return self.lines[:, self.lines.shape[1] // 2 :].view(np.float32)


@njit(cache=True, nogil=True)
def _reached(scores, least):  # type: ignore[no-untyped-def]
    # A 32-bit count has no branch, so it runs in wide registers; few strides have a hit.
    hits = np.int32(0)
    for j in range(len(scores)):
        hits = np.int32(hits + np.int32(scores[j] >= least))
    return hits > 0


@njit(cache=True, nogil=True)
def _keep_largest(scores, labels, own, best, found):  # type: ignore[no-untyped-def]
    """Merge a block of scores into each row's largest, kept as a heap with the least on top.

    Equal scores go to the lower label.
    """
    size = best.shape[1]
    for i in range(len(scores)):
        line, heap, names = scores[i], best[i], found[i]
        for first in range(0, len(line), _STRIDE):
            last = min(first + _STRIDE, len(line))
            if not _reached(line[first:last], heap[0]):
                continue
            for j in range(first, last):
                value, name = line[j], labels[j]
                if value < heap[0] or name == own[i]:
                    continue
                if value == heap[0] and name >= names[0]:
                    continue
                at = 0
                while True:
                    child = 2 * at + 1
                    if child >= size:
                        break
                    other = child + 1
                    if other < size and (
                        heap[other] < heap[child]
                        or (heap[other] == heap[child] and names[other] > names[child])
                    ):
                        child = other
                    if heap[child] > value or (heap[child] == value and names[child] < name):
                        break
                    heap[at], names[at] = heap[child], names[child]
                    at = child
                heap[at], names[at] = value, name


@njit(cache=True, nogil=True)
def _measure(X, first, near, gaps):  # type: ignore[no-untyped-def]
    """Sum the squared distances of rows ``first`` and on to those named, in float64."""
    own = np.empty(X.shape[1], dtype=np.float32)
    other = np.empty(X.shape[1], dtype=np.float32)
    for i in range(len(near)):
        x = read_row(X, first + i, own)
        for c in range(near.shape[1]):
            if near[i, c] < len(X):
                gaps[i, c] = squared_distance(x, read_row(X, near[i, c], other), np.inf)


def measured(X: NDArray[Any], near: NDArray[np.int32], first: int = 0) -> NDArray[np.int32]:
    """Measure pairs of rows, one by one, in float64.

    Args:
        X: (n, d) float16, float32 or float64, C-contiguous.
        near: (m, c) int32 rows near to each of the rows from ``first`` on; n stands for none.
        first: The first row.

    Returns:
        (m, 2 c) int32 lines as `NearRows` has them.
    """
    gaps = np.full(near.shape, np.inf, dtype=np.float32)
    _measure(bits_of(X), first, near, gaps)
    return np.concatenate([near, gaps.view(np.int32)], axis=1)


def near_rows(
    X: NDArray[Any],
    count: int,
    seed: int,
    *,
    among: int | None = None,
    probes: int = _PROBES,
) -> NDArray[np.int32]:
    """Find near rows of each row: the nearest up to 20,000 rows, and in cells beyond.

    Args:
        X: (n, d) floats.
        count: Neighbors a row; no more than there are other rows are found.
        seed: Seed of the run.
        among: Beyond 20,000 rows, how many may be found, drawn at random; None for all.
        probes: Beyond, cells searched; see `clustered_neighbors`.

    Returns:
        (n, min(count, n - 1)) int32, in no particular order; n where fewer were found.
    """
    count = max(0, min(count, len(X) - 1))
    if len(X) <= EXACT_ROWS:
        return exact_neighbors(np.ascontiguousarray(X, dtype=np.float32), count)
    listed = None
    if among is not None and among < len(X):
        listed = np.sort(stream(seed, "rows to find").choice(len(X), among, replace=False))
    return clustered_neighbors(X, count, probes, seed, listed)


def exact_neighbors(
    X: NDArray[np.float32], count: int, low: int = 0, high: int | None = None
) -> NDArray[np.int32]:
    """Find the nearest other rows of each row, by Euclidean distance in float32 products.

    Args:
        X: (n, d) float32.
        count: Neighbors a row, less than n.
        low: First row to find them for, a multiple of 512.
        high: One past the last such row; None for n.

    Returns:
        (high - low, count) int32, in no particular order. Time O(n^2 d) for all. Memory: 8 bytes
        a neighbor and a block of 512 x 4,096 float32 a thread.
    """
    half = np.einsum("ij,ij->i", X, X) / np.float32(2.0)
    names = np.arange(len(X), dtype=np.int32)
    rows = names[low:high]
    found = np.full((len(rows), count), len(X), dtype=np.int32)

    def block(at: int) -> None:
        own, hits = rows[at : at + _BLOCK], found[at : at + _BLOCK]
        heap = np.full((len(own), count), -np.inf, dtype=np.float32)
        for start in range(0, len(X), _COLUMNS):
            some = slice(start, start + _COLUMNS)
            # Nearest by distance is largest by <x, y> - |y|^2 / 2.
            scores = X[own] @ X[some].T
            scores -= half[some]
            _keep_largest(scores, names[some], own, heap, hits)

    deque(in_threads(block, range(0, len(rows), _BLOCK)), maxlen=0)
    return found


def clustered_neighbors(
    X: NDArray[Any],
    count: int,
    probes: int,
    seed: int,
    listed: NDArray[np.int64] | None = None,
) -> NDArray[np.int32]:
    """Find near rows of each row, searching only the cells around its own.

    Not exact: a neighbor across a far cell is missed.

    Args:
        X: (n, d) floats.
        count: Neighbors a row, less than n.
        probes: Cells searched, as if each had 512 rows that may be found.
        seed: Seed of the run; draws the rows that the cells are learned from.
        listed: (m,) int64 rows that may be found, ascending; None for all, m = n.

    Returns:
        (n, count) int32, in no particular order; n where fewer were found. Time
        O(n d (probes + log n)). Memory: 16 bytes a neighbor, a copy of the rows and a few blocks.
    """
    share = 1.0 if listed is None or not len(listed) else len(X) / len(listed)
    cells = Cells.of(X, partition(X, seed, most=int(MOST_ROWS * share)), probes, listed)
    return cells.by_row(cells.search(count, 0, len(X))[:, :count])


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows in cells, to search for neighbors cell by cell.

    Args:
        rows: (n, d) float16, float32 or float64, cell after cell.
        order: (n,) int32, which rows they are.
        start: (c + 1,) int64, where each cell starts.
        centers: (c, d) float32.
        listed: (m,) int32 places in ``rows`` that may be found, ascending; None for all.
        first: (c + 1,) int64, where in ``listed`` each cell starts.
        around: (c, p) int32, the cells that each cell searches, itself first; -1 for none.
    """

    rows: NDArray[Any]
    order: NDArray[np.int32]
    start: NDArray[np.int64]
    centers: NDArray[np.float32]
    listed: NDArray[np.int32] | None
    first: NDArray[np.int64]
    around: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        X: NDArray[Any],
        parts: Partition,
        probes: int,
        listed: NDArray[np.int64] | None = None,
        *,
        spherical: bool = False,
        memory: float = math.inf,
    ) -> Cells:
        """Copy the rows cell by cell, and find the cells around each.

        Args:
            X: (n, d) floats, often a memory map.
            parts: The cells.
            probes: Cells searched, as if each had 512 rows that may be found.
            listed: (m,) int64 rows that may be found; None for all.
            spherical: Whether rows are scaled to length 1.
            memory: Bytes that the copy may take; beyond, it is mapped (`scratch`).
        """
        kept = X.dtype in (np.float16, np.float32, np.float64) and not spherical
        rows = scratch(X.shape, X.dtype if kept else np.float32, memory)
        for part in blocks_of(rows):
            some = X[parts.order[part]]
            rows[part] = some if kept else float_rows(some, spherical)
        places, first = None, parts.start
        if listed is not None:
            may = np.zeros(len(X), dtype=np.bool_)
            may[listed] = True
            places = np.flatnonzero(may[parts.order]).astype(np.int32)
            first = np.searchsorted(places, parts.start).astype(np.int64)
        around = _cells_around(parts.centers, np.diff(first), probes)
        return cls(rows, parts.order, parts.start, parts.centers, places, first, around)

    def search(self, count: int, low: int, high: int) -> NDArray[np.int32]:
        """Find near rows of the rows ``order[low:high]``, which are whole cells.

        Products in float32 tell which rows are nearest, and float64 how near they are.

        Returns:
            (high - low, 2 count) int32 lines as `NearRows` has them. Memory: a thread holds the
            rows of a cell, 1,024 rows of those around, and their products.
        """
        n = len(self.order)
        out = np.empty((high - low, 2 * count), dtype=np.int32)

        def search(cell: int) -> None:
            begin, end = self.start[cell : cell + 2].tolist()
            lines = measured(self.rows, self._nearest(cell, count), begin)
            near = lines[:, :count]
            lines[:, :count] = np.where(near < n, self.order[np.minimum(near, n - 1)], n)
            out[begin - low : end - low] = lines

        begin, end = np.searchsorted(self.start, (low, high)).tolist()
        deque(in_threads(search, range(begin, end)), maxlen=0)
        return out

    def _nearest(self, cell: int, count: int) -> NDArray[np.int32]:
        """Find the places of the rows that are nearest to each of a cell's, (m, count)."""
        center = self.centers[cell]
        own = np.arange(*self.start[cell : cell + 2], dtype=np.int32)
        rows = self._from(own, center)
        best = np.full((len(own), count), -np.inf, dtype=np.float32)
        found = np.full((len(own), count), len(self.order), dtype=np.int32)
        places = self._searched(cell)
        for low in range(0, len(places), _CELL_COLUMNS):
            some = places[low : low + _CELL_COLUMNS]
            # Near the center products are small, so that little of a distance is rounded off.
            block = self._from(some, center)
            half = np.einsum("ij,ij->i", block, block) / np.float32(2.0)
            for at in range(0, len(own), _CELL_ROWS):
                part = slice(at, at + _CELL_ROWS)
                scores = rows[part] @ block.T
                scores -= half
                _keep_largest(scores, some, own[part], best[part], found[part])
        return found

    def _searched(self, cell: int) -> NDArray[np.int32]:
        """The places of the rows that a cell's are compared with."""
        around = self.around[cell]
        parts = [slice(*self.first[one : one + 2].tolist()) for one in around[around >= 0]]
        if self.listed is not None:
            return np.concatenate([self.listed[part] for part in parts])
        return np.concatenate([np.arange(part.start, part.stop, dtype=np.int32) for part in parts])

    def _from(self, places: NDArray[np.int32], center: NDArray[np.float32]) -> NDArray[np.float32]:
        return (wide_rows(self.rows[places]) - center).astype(np.float32, copy=False)

    def by_row(self, found: NDArray[np.int32], memory: float = math.inf) -> NDArray[np.int32]:
        """Put (n, count) lists that are in the order of ``order`` into the order of rows.

        Beyond ``memory`` bytes the result is mapped (`scratch`).
        """
        out = scratch(found.shape, np.int32, memory)
        for low in range(0, len(found), _COLUMNS):
            part = slice(low, low + _COLUMNS)
            out[self.order[part]] = found[part]
        return out


def _cells_around(
    centers: NDArray[np.float32], sizes: NDArray[np.int64], probes: int
) -> NDArray[np.int32]:
    """List the nearest cells of each cell, until they have ``probes`` times 512 rows together."""
    cells = len(centers)
    most = min(cells, _MOST_CELLS * probes)
    half = np.einsum("ij,ij->i", centers, centers) / np.float32(2.0)
    around = np.full((cells, most), -1, dtype=np.int32)
    step = max(1, _CELL_SCORES // max(1, cells))

    def block(low: int) -> None:
        own = np.arange(low, min(low + step, cells))
        gaps = half - centers[own] @ centers.T
        gaps[np.arange(len(own)), own] = -np.inf
        near = np.argpartition(gaps, most - 1, axis=1)[:, :most] if most < cells else None
        near = np.tile(np.arange(cells), (len(own), 1)) if near is None else np.sort(near, axis=1)
        order = np.argsort(np.take_along_axis(gaps, near, axis=1), axis=1, kind="stable")
        near = np.take_along_axis(near, order, axis=1)
        before = np.cumsum(sizes[near], axis=1) - sizes[near]
        around[own] = np.where(before < probes * (MOST_ROWS // 2), near, -1)

    deque(in_threads(block, range(0, cells, step)), maxlen=0)
    return around
