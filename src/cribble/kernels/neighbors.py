"""Nearest neighbors among the rows of a pool: exact in blocks, or within clusters."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core.randomness import stream
from cribble.kernels.assignment import nearest_centers
from cribble.kernels.kmeans import lloyd
from cribble.kernels.scratch import scratch
from cribble.kernels.threads import in_threads

_BLOCK = 512
_COLUMNS = 4096
# Above so many rows the quadratic search takes longer than one inside clusters.
_EXACT_ROWS = 20_000
_PROBES = 8


@njit(cache=True, nogil=True)
def _keep_largest(scores, labels, own, best, found):  # type: ignore[no-untyped-def]
    """Merge a block of scores into each row's largest, kept as a heap with the least on top.

    Equal scores go to the lower label.
    """
    size = best.shape[1]
    for i in range(len(scores)):
        line, heap, names = scores[i], best[i], found[i]
        for j in range(len(line)):
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


def near_rows(
    X: NDArray[Any], count: int, seed: int, *, among: int | None = None
) -> NDArray[np.int32]:
    """Find near rows of each row: the nearest up to 20,000 rows, and in 8 clusters beyond.

    Args:
        X: (n, d) floats.
        count: Neighbors a row; no more than there are other rows are found.
        seed: Seed of the run.
        among: Beyond 20,000 rows, how many may be found, drawn at random; None for all.

    Returns:
        (n, min(count, n - 1)) int32, in no particular order; n where fewer were found.
    """
    rows = np.ascontiguousarray(X, dtype=np.float32)
    count = max(0, min(count, len(rows) - 1))
    if len(rows) <= _EXACT_ROWS:
        return exact_neighbors(rows, count)
    listed = None
    if among is not None and among < len(rows):
        listed = np.sort(stream(seed, "rows to find").choice(len(rows), among, replace=False))
    return clustered_neighbors(rows, count, _PROBES, seed, listed)


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
    X: NDArray[np.float32],
    count: int,
    probes: int,
    seed: int,
    listed: NDArray[np.int64] | None = None,
) -> NDArray[np.int32]:
    """Find near rows of each row, searching only the clusters around its own.

    Rows are grouped by a short k-means with about 2 sqrt(m) centers, and each cluster searches
    itself and the ``probes`` - 1 clusters whose centers are nearest. Not exact: a neighbor across
    a far cluster is missed.

    Args:
        X: (n, d) float32.
        count: Neighbors a row, less than n.
        probes: Clusters searched.
        seed: Seed of the run; draws the rows that k-means learns from.
        listed: (m,) int64 rows that may be found; None for all, m = n.

    Returns:
        (n, count) int32, in no particular order; n where fewer were found. Time about
        O(n m^0.5 d probes). Memory: 8 bytes a neighbor and the clusters searched at once.
    """
    centers = cell_centers(X, seed, len(X) if listed is None else len(listed))
    cells = Cells.of(X, centers, nearest_centers(X, centers)[0], probes, listed)
    return cells.by_row(cells.search(X, count, 0, len(X)))


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Rows grouped by their nearest center, to search for neighbors cell by cell.

    Args:
        order: (n,) int32 rows, cell after cell.
        start: (c + 1,) int64, where in ``order`` each cell starts.
        listed: (m,) int32 rows that may be found, cell after cell.
        first: (c + 1,) int64, where in ``listed`` each cell starts.
        around: (c, p) int32, the other cells that each cell searches.
        half: (n,) float32, half the squared length of each row.
    """

    order: NDArray[np.int32]
    start: NDArray[np.int64]
    listed: NDArray[np.int32]
    first: NDArray[np.int64]
    around: NDArray[np.int32]
    half: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        X: NDArray[np.float32],
        centers: NDArray[np.float32],
        member: NDArray[np.int32],
        probes: int,
        listed: NDArray[np.int64] | None = None,
    ) -> Cells:
        """Group rows whose nearest of (c, d) ``centers`` is known, (n,) ``member``.

        Only the (m,) rows ``listed`` may be found; None for all.
        """
        places = np.arange(len(centers) + 1)
        order = np.argsort(member, kind="stable").astype(np.int32)
        start = np.searchsorted(member[order], places).astype(np.int64)
        inside, first = order, start
        if listed is not None:
            inside = listed[np.argsort(member[listed], kind="stable")].astype(np.int32)
            first = np.searchsorted(member[inside], places).astype(np.int64)
        searched = min(probes, len(centers)) - 1
        around = np.empty((len(centers), 0), dtype=np.int32)
        if searched > 0:
            around = exact_neighbors(centers, searched)
        half = np.einsum("ij,ij->i", X, X) / np.float32(2.0)
        return cls(order, start, inside, first, around, half)

    def cuts(self, rows: int) -> NDArray[np.int64]:
        """Cut ``order`` between cells into parts of about ``rows`` rows, (b + 1,) ascending."""
        wanted = np.arange(0, len(self.order), rows)
        edges = self.start[np.searchsorted(self.start, wanted)]
        return np.unique(np.append(edges, len(self.order)))

    def search(self, X: NDArray[np.float32], count: int, low: int, high: int) -> NDArray[np.int32]:
        """Find near rows of the rows ``order[low:high]``, which are whole cells.

        Returns:
            (high - low, count) int32, as `clustered_neighbors` has them.
        """
        n = len(X)
        found = np.full((high - low, count), n, dtype=np.int32)

        def search(cell: int) -> None:
            first, last = self.start[cell : cell + 2]
            rows, hits = self.order[first:last], found[first - low : last - low]
            cells = [cell, *self.around[cell].tolist()]
            names = np.concatenate(
                [self.listed[self.first[one] : self.first[one + 1]] for one in cells]
            )
            heap = np.full((len(rows), count), -np.inf, dtype=np.float32)
            for first in range(0, len(names), _COLUMNS):
                some = names[first : first + _COLUMNS]
                block, half = X[some], self.half[some]
                for at in range(0, len(rows), _BLOCK):
                    part = slice(at, at + _BLOCK)
                    scores = X[rows[part]] @ block.T
                    scores -= half
                    _keep_largest(scores, some, rows[part], heap[part], hits[part])

        begin, end = np.searchsorted(self.start, (low, high)).tolist()
        deque(in_threads(search, range(begin, end)), maxlen=0)
        return found

    def by_row(self, found: NDArray[np.int32], memory: float = math.inf) -> NDArray[np.int32]:
        """Put (n, count) lists that are in the order of ``order`` into the order of rows.

        Beyond ``memory`` bytes the result is mapped (`scratch`).
        """
        out = scratch(found.shape, np.int32, memory)
        for low in range(0, len(found), _COLUMNS):
            part = slice(low, low + _COLUMNS)
            out[self.order[part]] = found[part]
        return out


def cell_centers(
    X: NDArray[np.float32], seed: int, listed: int | None = None
) -> NDArray[np.float32]:
    """Find about 2 sqrt(listed) centers, None for n, by a short k-means, (c, d) float32."""
    rows = len(X) if listed is None else listed
    return _short_k_means(X, max(1, round(2 * rows**0.5)), seed)


def _short_k_means(X: NDArray[np.float32], size: int, seed: int) -> NDArray[np.float32]:
    rng = stream(seed, "cluster centers")
    sample = X[np.sort(rng.choice(len(X), min(len(X), 32 * size), replace=False))]
    start = sample[np.sort(rng.choice(len(sample), size, replace=False))].astype(np.float32)
    return lloyd(sample, start, iterations=4).centers


@njit(cache=True, nogil=True)
def _mutual_sizes(neighbors, sizes):  # type: ignore[no-untyped-def]
    n = len(neighbors)
    for i in range(n):
        sizes[i + 1] += 1
        for j in neighbors[i]:
            if j < n:
                sizes[i + 1] += 1
                sizes[j + 1] += 1


@njit(cache=True, nogil=True)
def _mutual_fill(neighbors, fill, rows):  # type: ignore[no-untyped-def]
    n = len(neighbors)
    for i in range(n):
        rows[fill[i]] = i
        fill[i] += 1
        for j in neighbors[i]:
            if j < n:
                rows[fill[i]] = j
                fill[i] += 1
                rows[fill[j]] = i
                fill[j] += 1


@njit(cache=True, nogil=True)
def _tidy(start, rows):  # type: ignore[no-untyped-def]
    """Sort each list and leave out repeats, in place; returns the new starts."""
    tidied = np.zeros(len(start), dtype=np.int64)
    count = 0
    for i in range(len(start) - 1):
        part = np.sort(rows[start[i] : start[i + 1]])
        last = -1
        for j in part:
            if j != last:
                rows[count] = j
                count += 1
                last = j
        tidied[i + 1] = count
    return tidied


def symmetric_lists(
    neighbors: NDArray[np.int32], memory: float = math.inf
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List for each row itself, its neighbors, and the rows whose neighbor it is.

    Args:
        neighbors: (n, c) int32; n stands for none.
        memory: Bytes that the rows may take; beyond, they are mapped (`scratch`).

    Returns:
        start: (n + 1,) int64.
        rows: (p,) int32, ascending within a list. Memory: at most 4 * n * (2 c + 1) bytes.
    """
    sizes = np.zeros(len(neighbors) + 1, dtype=np.int64)
    _mutual_sizes(neighbors, sizes)
    start = np.cumsum(sizes)
    rows = scratch((int(start[-1]),), np.int32, memory)
    _mutual_fill(neighbors, start[:-1].copy(), rows)
    tidied = _tidy(start, rows)
    return tidied, rows[: tidied[-1]]
