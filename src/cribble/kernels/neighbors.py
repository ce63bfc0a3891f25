"""Nearest neighbors among the rows of a pool: exact in blocks, or within clusters."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core.randomness import stream
from cribble.kernels.assignment import nearest_centers
from cribble.kernels.kmeans import lloyd
from cribble.kernels.threads import in_threads

_BLOCK = 1024
_COLUMNS = 8192
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


def near_rows(X: NDArray[Any], count: int, seed: int) -> NDArray[np.int32]:
    """Find near rows of each row: the nearest up to 20,000 rows, and in 8 clusters beyond.

    Args:
        X: (n, d) floats.
        count: Neighbors a row; no more than there are other rows are found.
        seed: Seed of the run.

    Returns:
        (n, min(count, n - 1)) int32, in no particular order; n where fewer were found.
    """
    rows = np.ascontiguousarray(X, dtype=np.float32)
    count = max(0, min(count, len(rows) - 1))
    if len(rows) <= _EXACT_ROWS:
        return exact_neighbors(rows, count)
    return clustered_neighbors(rows, count, _PROBES, seed)


def exact_neighbors(X: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Find the nearest other rows of each row, by Euclidean distance in float32 products.

    Args:
        X: (n, d) float32.
        count: Neighbors a row, less than n.

    Returns:
        (n, count) int32, in no particular order. Time O(n^2 d). Memory: 8 bytes a neighbor and
        one block of 1,024 x 8,192 float32.
    """
    half = np.einsum("ij,ij->i", X, X) / np.float32(2.0)
    names = np.arange(len(X), dtype=np.int32)
    found = np.empty((len(X), count), dtype=np.int32)

    def block(low: int) -> None:
        rows = slice(low, low + _BLOCK)
        heap = np.full((len(X[rows]), count), -np.inf, dtype=np.float32)
        found[rows] = len(X)
        for start in range(0, len(X), _COLUMNS):
            some = slice(start, start + _COLUMNS)
            # Nearest by distance is largest by <x, y> - |y|^2 / 2.
            scores = X[rows] @ X[some].T
            scores -= half[some]
            _keep_largest(scores, names[some], names[rows], heap, found[rows])

    deque(in_threads(block, range(0, len(X), _BLOCK)), maxlen=0)
    return found


def clustered_neighbors(
    X: NDArray[np.float32], count: int, probes: int, seed: int
) -> NDArray[np.int32]:
    """Find near rows of each row, searching only the clusters around its own.

    Rows are grouped by a short k-means with about 2 sqrt(n) centers, and each cluster searches
    itself and the ``probes`` - 1 clusters whose centers are nearest. Not exact: a neighbor across
    a far cluster is missed.

    Args:
        X: (n, d) float32.
        count: Neighbors a row, less than n.
        probes: Clusters searched.
        seed: Seed of the run; draws the rows that k-means learns from.

    Returns:
        (n, count) int32, in no particular order; n where fewer were found. Time about
        O(n^1.5 d probes). Memory: 8 bytes a neighbor and the clusters searched at once.
    """
    n = len(X)
    size = max(1, round(2 * n**0.5))
    centers = _short_k_means(X, size, seed)
    member, _ = nearest_centers(X, centers)
    order = np.argsort(member, kind="stable").astype(np.int32)
    start = np.searchsorted(member[order], np.arange(size + 1))
    around = exact_neighbors(centers, min(probes, size) - 1) if min(probes, size) > 1 else None
    half = np.einsum("ij,ij->i", X, X) / np.float32(2.0)
    found = np.full((n, count), n, dtype=np.int32)

    def search(cell: int) -> None:
        rows = order[start[cell] : start[cell + 1]]
        cells = [cell, *(around[cell].tolist() if around is not None else ())]
        names = np.concatenate([order[start[one] : start[one + 1]] for one in cells])
        block = X[names]
        heap = np.full((len(rows), count), -np.inf, dtype=np.float32)
        hits = np.full((len(rows), count), n, dtype=np.int32)
        for low in range(0, len(rows), _BLOCK):
            part = slice(low, low + _BLOCK)
            scores = X[rows[part]] @ block.T
            scores -= half[names]
            _keep_largest(scores, names, rows[part], heap[part], hits[part])
        found[rows] = hits

    deque(in_threads(search, range(size)), maxlen=0)
    return found


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


def symmetric_lists(neighbors: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List for each row itself, its neighbors, and the rows whose neighbor it is.

    Args:
        neighbors: (n, c) int32; n stands for none.

    Returns:
        start: (n + 1,) int64.
        rows: (p,) int32, ascending within a list. Memory: at most 4 * n * (2 c + 1) bytes.
    """
    sizes = np.zeros(len(neighbors) + 1, dtype=np.int64)
    _mutual_sizes(neighbors, sizes)
    start = np.cumsum(sizes)
    rows: NDArray[Any] = np.empty(start[-1], dtype=np.int32)
    _mutual_fill(neighbors, start[:-1].copy(), rows)
    tidied = _tidy(start, rows)
    return tidied, rows[: tidied[-1]]
