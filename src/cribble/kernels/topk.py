"""The largest of many scores, without ever holding all of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.copying import copy_head
from cribble.kernels.threads import available_threads, limited_threads
from cribble.kernels.widening import to_single

DEFAULT_MEMORY = 256 << 20
# Larger blocks fall out of the processor's cache between the product and the sifting.
_MOST_WIDTH = 2048
_STRIDE = 64
# Score, row and owner, in lists that grow to twice their length before they are cut.
_SLOT_BYTES = 48
# Each worker starts its lists anew, which does not pay on few rows.
_LEAST_ROWS = 1 << 14
_MOST_WORKERS = 8


class Nearest(NamedTuple):
    """The best rows of each group of queries, best first, ties by the lowest row.

    Args:
        scores: (t, L) float64 cosines; -inf where there were fewer than L rows.
        rows: (t, L) int64; -1 where there were fewer than L rows.
        owners: (t, L) int64, the query that gave the score, the lowest on ties; -1 likewise.
    """

    scores: NDArray[np.float64]
    rows: NDArray[np.int64]
    owners: NDArray[np.int64]


def top_k(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Find the rows of the k largest scores in O(n + k log k).

    Args:
        scores: (n,) numbers without NaN.
        k: How many, at most n.

    Returns:
        (k,) int64 rows, best first, ties by the lowest row.
    """
    if k <= 0:
        return np.empty(0, dtype=np.int64)
    if k < len(scores):
        cut = scores[np.argpartition(scores, len(scores) - k)[len(scores) - k]]
        above = np.nonzero(scores > cut)[0]
        rows = np.concatenate([above, np.nonzero(scores == cut)[0][: k - len(above)]])
    else:
        rows = np.arange(len(scores))
    # Reversed twice, because a stable ascending sort keeps the lowest row last among equals.
    rows = np.sort(rows)[::-1]
    order = np.argsort(scores[rows], kind="stable")[::-1]
    return rows[order].astype(np.int64)


def blocked_top(
    queries: NDArray[np.floating[Any]],
    pool: NDArray[np.floating[Any]],
    count: int,
    *,
    starts: NDArray[np.int64] | None = None,
    blocked: NDArray[np.bool_] | None = None,
    memory: int = DEFAULT_MEMORY,
) -> Nearest:
    """Find the rows of the pool with the largest cosine to each group of queries.

    The score of a row for a group is its largest cosine to any query of the group; a zero vector
    has cosine 0 to everything. One pass over the pool: each block is scored by one float32
    matrix product, and only rows that may beat the current L-th best are looked at again. Those
    are scored in float64 in one fixed order of additions, and that score decides. A float32
    product is off by less than (d + 8) 2^-24 whatever the order in which BLAS adds, so a row
    that is passed over could not have won: the result is exact in float64, and neither memory
    nor threads can change it.

    Args:
        queries: (q, d) float16, float32 or float64, finite.
        pool: (n, d) float16, float32 or float64, finite; may be a memory map.
        count: Rows per group, L, at least 1.
        starts: (t + 1,) int64, group i is ``queries[starts[i]:starts[i + 1]]``, none empty; None
            makes each query its own group.
        blocked: (n,) bool, rows to pass over; None for none.
        memory: Bytes to stay within beside the arguments, as far as ``48 t L`` for the lists,
            ``12 q d`` for the queries and one row at a time allow.

    Returns:
        The L best rows of each group.
    """
    size, dim = pool.shape
    if starts is None:
        starts = np.arange(len(queries) + 1, dtype=np.int64)
    if blocked is None:
        blocked = np.zeros(size, dtype=np.bool_)
    scored, unit, norms = _prepare(queries)
    target = _Target(scored.astype(np.float64), unit, norms, starts)
    lists = _SLOT_BYTES * (len(starts) - 1) * count
    workers = min(memory // (2 * lists), size // _LEAST_ROWS, _MOST_WORKERS)
    workers = max(1, min(workers, available_threads() if workers > 1 else 1))
    width = memory // (2 * workers * (4 * len(queries) + 16 * dim))
    width = max(1, min(width, _MOST_WIDTH))
    ends = np.linspace(0, size, workers + 1).astype(np.int64).tolist()

    def search(low: int, high: int) -> Nearest:
        return _search(target, pool, low, high, count, blocked, width)

    if workers == 1:
        return search(0, size)
    # A thread of its own for each stretch of rows, sifting included, beats threads within BLAS.
    with limited_threads(1), ThreadPoolExecutor(workers) as threads:
        parts = list(threads.map(search, ends[:-1], ends[1:]))
    scores, rows, owners = (np.concatenate(one, axis=1) for one in zip(*parts, strict=True))
    for group in range(len(scores)):
        _settle(scores[group], rows[group], owners[group], scores.shape[1], count)
    return Nearest(scores[:, :count], rows[:, :count], owners[:, :count])


def merged_top(parts: Sequence[Nearest], count: int) -> Nearest:
    """Merge the lists of several parts of a pool.

    Args:
        parts: For each part its best rows, of which no row is in two.
        count: Rows per group to keep, L.

    Returns:
        The L best rows of each group, or fewer where all parts together gave fewer.
    """
    scores, rows, owners = (np.concatenate(one, axis=1) for one in zip(*parts, strict=True))
    order = np.lexsort((rows, -scores))[:, :count]
    return Nearest(*(np.take_along_axis(one, order, axis=1) for one in (scores, rows, owners)))


class _Target(NamedTuple):
    """The queries: as they are, scaled to length 1, their lengths, and where groups start."""

    exact: NDArray[np.float64]
    unit: NDArray[np.float32]
    norms: NDArray[np.float64]
    starts: NDArray[np.int64]


def _search(
    target: _Target,
    pool: NDArray[Any],
    low: int,
    high: int,
    count: int,
    blocked: NDArray[np.bool_],
    width: int,
) -> Nearest:
    """Search rows ``low`` to ``high``, ``width`` at a time."""
    groups, room = len(target.starts) - 1, 2 * count + 32
    best = np.full((groups, room), -np.inf)
    rows = np.full((groups, room), -1, dtype=np.int64)
    owners = np.full((groups, room), -1, dtype=np.int64)
    fill = np.zeros(groups, dtype=np.int64)
    bar = np.full(groups, -np.inf)
    margin = 1.01 * (pool.shape[1] + 8) * 2.0**-24
    buffer = np.empty(len(target.unit) * min(width, high - low), dtype=np.float32)
    for first in range(low, high, width):
        block, unit, norms = _prepare(pool[first : min(first + width, high)])
        rough = buffer[: len(target.unit) * len(block)].reshape(-1, len(block))
        np.matmul(target.unit, unit.T, out=rough)
        _offer(
            rough, first, block, norms, target.exact, target.norms, target.starts, blocked,
            margin, count, best, rows, owners, fill, bar,
        )  # fmt: skip
    for group in range(groups):
        _settle(best[group], rows[group], owners[group], fill[group], count)
    return Nearest(best[:, :count], rows[:, :count], owners[:, :count])


def _prepare(
    block: NDArray[Any],
) -> tuple[NDArray[np.floating[Any]], NDArray[np.float32], NDArray[np.float64]]:
    """Give the rows in a dtype that compiled code reads, scaled to length 1, and their lengths."""
    block = np.ascontiguousarray(block)
    unit = np.empty(block.shape, dtype=np.float32)
    norms = np.empty(len(block))
    if block.dtype == np.float16:
        block = to_single(block)
    elif block.dtype != np.float32:
        # A power of two per row changes no cosine and keeps squares from overflowing.
        block = block.astype(np.float64)
        _, exponents = np.frexp(np.abs(block).max(axis=1, initial=0.0, keepdims=True))
        block = np.ldexp(block, -exponents)
    _normalize(block, unit, norms)
    return block, unit, norms


@njit(cache=True, nogil=True)
def _dot(left: NDArray[Any], right: NDArray[Any]) -> float:
    # Four sums in a fixed order: fast enough, and the same bits on every machine.
    a = b = c = d = 0.0
    whole = len(left) // 4 * 4
    for i in range(0, whole, 4):
        a += np.float64(left[i]) * np.float64(right[i])
        b += np.float64(left[i + 1]) * np.float64(right[i + 1])
        c += np.float64(left[i + 2]) * np.float64(right[i + 2])
        d += np.float64(left[i + 3]) * np.float64(right[i + 3])
    for i in range(whole, len(left)):
        a += np.float64(left[i]) * np.float64(right[i])
    return (a + b) + (c + d)


@njit(cache=True, nogil=True)
def _normalize(block: NDArray[Any], unit: NDArray[Any], norms: NDArray[Any]) -> None:
    for i in range(block.shape[0]):
        norms[i] = np.sqrt(_dot(block[i], block[i]))
        scale = 1.0 / norms[i] if norms[i] > 0.0 else 0.0
        for j in range(block.shape[1]):
            unit[i, j] = np.float32(block[i, j] * scale)


@njit(cache=True, nogil=True)
def _worse(scores: NDArray[Any], rows: NDArray[Any], a: int, b: int) -> bool:
    return bool(scores[a] < scores[b] or (scores[a] == scores[b] and rows[a] > rows[b]))


@njit(cache=True, nogil=True)
def _swap(scores: NDArray[Any], rows: NDArray[Any], owners: NDArray[Any], a: int, b: int) -> None:
    scores[a], scores[b] = scores[b], scores[a]
    rows[a], rows[b] = rows[b], rows[a]
    owners[a], owners[b] = owners[b], owners[a]


@njit(cache=True, nogil=True)
def _sink(
    scores: NDArray[Any], rows: NDArray[Any], owners: NDArray[Any], at: int, end: int
) -> None:
    while 2 * at + 1 < end:
        child = 2 * at + 1
        if child + 1 < end and _worse(scores, rows, child + 1, child):
            child += 1
        if not _worse(scores, rows, child, at):
            return
        _swap(scores, rows, owners, child, at)
        at = child


@njit(cache=True, nogil=True)
def _settle(
    scores: NDArray[Any], rows: NDArray[Any], owners: NDArray[Any], fill: int, count: int
) -> int:
    """Sort one list, best first, and keep ``count``; return how many are left."""
    # A heap by hand: NumPy's sort inside compiled code costs ten seconds of compilation.
    for at in range(fill // 2 - 1, -1, -1):
        _sink(scores, rows, owners, at, fill)
    for end in range(fill - 1, 0, -1):
        _swap(scores, rows, owners, 0, end)
        _sink(scores, rows, owners, 0, end)
    return min(fill, count)


@njit(cache=True, nogil=True)
def _any_above(scores: NDArray[Any], threshold: float) -> bool:
    # A 32-bit count has no branch, so it runs in wide registers; few strides have a hit.
    hits = np.int32(0)
    for j in range(len(scores)):
        hits = np.int32(hits + np.int32(scores[j] > threshold))
    return bool(hits > 0)


@njit(cache=True, nogil=True)
def _offer(
    rough: NDArray[Any],
    first: int,
    block: NDArray[Any],
    block_norms: NDArray[Any],
    queries: NDArray[Any],
    query_norms: NDArray[Any],
    starts: NDArray[Any],
    blocked: NDArray[Any],
    margin: float,
    count: int,
    best: NDArray[Any],
    rows: NDArray[Any],
    owners: NDArray[Any],
    fill: NDArray[Any],
    bar: NDArray[Any],
) -> None:
    """Add to each group's list the rows of one block that beat its bar, the L-th best so far."""
    width = rough.shape[1]
    joint = np.empty(width, dtype=np.float32)
    for group in range(len(starts) - 1):
        low, high = starts[group], starts[group + 1]
        line = rough[low]
        if high - low > 1:
            copy_head(joint, line, width)
            for query in range(low + 1, high):
                for j in range(width):
                    joint[j] = max(joint[j], rough[query, j])
            line = joint
        if not _any_above(line, np.float32(bar[group] - margin)):
            continue
        for begin in range(0, width, _STRIDE):
            end = min(begin + _STRIDE, width)
            threshold = np.float32(bar[group] - margin)
            if not _any_above(line[begin:end], threshold):
                continue
            for j in range(begin, end):
                if not line[j] > threshold or blocked[first + j]:
                    continue
                score, owner = -np.inf, low
                for query in range(low, high):
                    if rough[query, j] < line[j] - 2.0 * margin:
                        continue
                    scale = query_norms[query] * block_norms[j]
                    exact = _dot(queries[query], block[j]) / scale if scale > 0.0 else 0.0
                    if exact > score:
                        score, owner = exact, query
                if score > bar[group]:
                    at = fill[group]
                    best[group, at], rows[group, at], owners[group, at] = score, first + j, owner
                    fill[group] = at + 1
                    if at + 1 == best.shape[1] or (at + 1 == count and bar[group] == -np.inf):
                        kept = _settle(best[group], rows[group], owners[group], fill[group], count)
                        fill[group] = kept
                        if kept == count:
                            bar[group] = best[group, count - 1]
