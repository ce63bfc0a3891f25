"""Near-duplicate vectors: an exact threshold join on the cosine, pruned by bounds on it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.threads import limited_threads

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Far above the error of a float32 product of unit rows, for any order of additions.
SLACK = 1e-4
_SAMPLE = 8192
_PROBE = 1024
_STEP = 32
_BLOCK, _TILE = 1024, 4096
# Whole steps, so that a pair goes on where its bound ends.
_HEADS = (32, 64, 96, 128, 192, 256)
# Costs of one pair, in multiply-adds of a matrix product: to look at its bound, and to work out
# one more dimension of its cosine by itself.
_LOOK, _ALONE = 12.0, 12.0


@dataclass(frozen=True, eq=False)
class Sketch:
    """Unit rows turned so that their first dimensions hold most of them.

    Args:
        heads: (n, p + 1) float32, the first p dimensions, and the length of the rest. The inner
            product of two heads is an upper bound on the cosine.
        turned: (n, d) float32, all dimensions; a memory map where it does not fit in memory.
        tails: (n, t) float32, the length of a row after each `_STEP` dimensions.
    """

    heads: Floats
    turned: Floats
    tails: Floats


def drop_close(
    vectors: NDArray[Any], order: Ints, threshold: float, memory: int
) -> tuple[Ints, int]:
    """Keep rows in order, each unless its cosine to a kept row reaches ``threshold``.

    Rows are turned into the axes of the second moment of a sample. By Cauchy and Schwarz, the
    product over the first p axes plus the product of the lengths of the rests bounds the cosine
    from above, and one matrix product of p + 1 columns gives it for a whole tile. Only pairs
    whose bound reaches the threshold are looked at further, some axes at a time, and stop where
    the bound falls below it. A cosine within 1e-4 of the threshold is decided in float64 on the
    rows as they came. So no pair is missed, and neither p nor the shape of tiles changes what is
    kept. At worst n^2 (p + 1) multiply-adds, and d for each pair that is not turned away.

    Args:
        vectors: (n, d) finite numbers; a zero row is close to none.
        order: (m,) int64, distinct rows to judge, the preferred first.
        threshold: Least cosine of two rows of which one is dropped, in (0, 1].
        memory: Bytes for the turned rows, 4 n d; beyond it they are put in a temporary file.

    Returns:
        (n,) int64, the first kept row in ``order`` that a dropped one is close to, or -1; and
        how many dimensions the bound used.
    """
    matched = np.full(len(vectors), -1, dtype=np.int64)
    lengths = _lengths(vectors)
    order = order[lengths[order] > 0]
    if not len(order):
        return matched, 0
    axes = _axes(vectors, order, lengths)
    sketch = _sketch(vectors, order, lengths, axes, threshold, memory)
    kept = np.empty(len(order), dtype=np.int64)
    used = 0
    # Of the kept rows, heads packed together, so that tiles are full.
    packed = np.empty_like(sketch.heads)
    # Threads of the product would wait for the scan in a loop, and burn a processor each.
    with limited_threads(1):
        for start in range(0, len(order), _BLOCK):
            stop = min(start + _BLOCK, len(order))
            heads = sketch.heads[start:stop]
            found = np.full(stop - start, -1, dtype=np.int64)
            for low in range(0, used, _TILE):
                high = min(low + _TILE, used)
                bounds = heads @ packed[low:high].T
                _scan(bounds, start, kept[low:high], sketch, threshold, found, vectors, order)
            own = np.arange(start, stop)
            _scan(heads @ heads.T, start, own, sketch, threshold, found, vectors, order, own=True)
            fresh = np.flatnonzero(found < 0)
            kept[used : used + len(fresh)] = start + fresh
            packed[used : used + len(fresh)] = heads[fresh]
            used += len(fresh)
            matched[order[start:stop]] = np.where(found < 0, -1, order[found])
    return matched, sketch.heads.shape[1] - 1


def _lengths(vectors: NDArray[Any]) -> NDArray[np.float64]:
    out = np.empty(len(vectors))
    for start in range(0, len(vectors), _SAMPLE):
        block = np.asarray(vectors[start : start + _SAMPLE], dtype=np.float64)
        out[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))
    return out


def _unit(vectors: NDArray[Any], rows: Ints, lengths: NDArray[np.float64]) -> Floats:
    found = vectors[rows] / lengths[rows, None]
    return found.astype(np.float32)


def _axes(vectors: NDArray[Any], order: Ints, lengths: NDArray[np.float64]) -> Floats:
    """Axes of the second moment of a sample, (d, d), the longest first."""
    step = max(1, len(order) // _SAMPLE)
    sample = _unit(vectors, order[::step][:_SAMPLE], lengths)
    _, axes = np.linalg.eigh(sample.T @ sample)
    return np.ascontiguousarray(axes[:, ::-1], dtype=np.float32)


def _sketch(
    vectors: NDArray[Any],
    order: Ints,
    lengths: NDArray[np.float64],
    axes: Floats,
    threshold: float,
    memory: int,
) -> Sketch:
    rows, dim = len(order), vectors.shape[1]
    step = max(1, rows // _PROBE)
    probe = _unit(vectors, order[::step][:_PROBE], lengths) @ axes
    head = _head_size(probe, threshold)
    steps = np.arange(0, dim, _STEP)
    turned: Floats
    if 4 * rows * dim <= memory:
        turned = np.empty((rows, dim), dtype=np.float32)
    else:
        with tempfile.TemporaryFile() as file:
            turned = np.memmap(file, np.float32, "w+", shape=(rows, dim))
    heads = np.empty((rows, head + 1), dtype=np.float32)
    tails = np.zeros((rows, len(steps) + 1), dtype=np.float32)
    for start in range(0, rows, _SAMPLE):
        some = slice(start, min(start + _SAMPLE, rows))
        turned[some] = _unit(vectors, order[some], lengths) @ axes
        heads[some, :head] = turned[some, :head]
        heads[some, head] = np.linalg.norm(turned[some, head:], axis=1)
        squares = np.add.reduceat(np.square(turned[some]), steps, axis=1)
        tails[some, :-1] = np.sqrt(np.cumsum(squares[:, ::-1], axis=1)[:, ::-1])
    return Sketch(heads, turned, tails)


def _head_size(probe: Floats, threshold: float) -> int:
    """Choose p by what pairs of a sample would cost; it decides time alone."""
    dim = probe.shape[1]
    sizes = [size for size in _HEADS if size < dim] or [dim]
    costs = []
    upper = np.triu_indices(len(probe), 1)
    for size in sizes:
        rest = np.linalg.norm(probe[:, size:], axis=1)
        bounds = probe[:, :size] @ probe[:, :size].T + rest[:, None] * rest[None, :]
        share = float((bounds[upper] >= threshold - SLACK).mean()) if len(probe) > 1 else 0.0
        costs.append(size + 1 + _LOOK + share * _ALONE * dim)
    return sizes[int(np.argmin(costs))]


@njit(cache=True, nogil=True, fastmath=True)
def _dot(a: Floats, b: Floats) -> np.float32:
    total = np.float32(0)
    # From 0: an index that might be negative keeps the loop from being vectorized.
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@njit(cache=True, nogil=True)
def _judge(
    turned: Floats, tails: Floats, i: int, j: int, bound: float, first: int, threshold: float
) -> int:
    """Tell whether the cosine is below (-1), above (1) or too near the threshold (0)."""
    dim = turned.shape[1]
    # The bound holds the product over the steps before the first, which need not be done again.
    total = bound - tails[i, first] * tails[j, first]
    for step in range(first, tails.shape[1] - 1):
        if total + tails[i, step] * tails[j, step] < threshold - SLACK:
            return -1
        low = step * _STEP
        high = min(low + _STEP, dim)
        total += _dot(turned[i, low:high], turned[j, low:high])
    if total < threshold - SLACK:
        return -1
    return 1 if total > threshold + SLACK else 0


def _decide(vectors: NDArray[Any], i: int, j: int, threshold: float) -> bool:
    """Decide in float64 on the rows as they came; equal rows have a cosine of 1 at least."""
    a, b = (np.asarray(vectors[row], dtype=np.float64) for row in (i, j))
    # cumsum adds in one fixed order on every machine.
    dot, left, right = (float(np.cumsum(one)[-1]) for one in (a * b, a * a, b * b))
    return dot >= threshold * float(np.sqrt(left) * np.sqrt(right)) or (
        threshold == 1 and bool((a == b).all())
    )


@njit(cache=True, nogil=True)
def _next(
    bounds: Floats,
    start: int,
    others: Ints,
    turned: Floats,
    tails: Floats,
    threshold: float,
    found: Ints,
    at: int,
    column: int,
    first: int,
    own: bool,
) -> tuple[int, int]:
    """Go on from a cell of the tile to the next pair that only float64 can decide.

    Returns its cell; a row past the last one where there is none.
    """
    cut = np.float32(threshold - SLACK)
    while at < len(found):
        if found[at] < 0:
            last = at if own else bounds.shape[1]
            while column < last:
                if bounds[at, column] >= cut and not (own and found[column] >= 0):
                    other = others[column]
                    verdict = _judge(
                        turned, tails, start + at, other, bounds[at, column], first, threshold
                    )
                    if verdict == 0:
                        return at, column
                    if verdict > 0:
                        found[at] = other
                        break
                column += 1
        at += 1
        column = 0
    return at, 0


def _scan(
    bounds: Floats,
    start: int,
    others: Ints,
    sketch: Sketch,
    threshold: float,
    found: Ints,
    vectors: NDArray[Any],
    order: Ints,
    own: bool = False,
) -> None:
    """Find the first other row, if any, that each row of a block is close to, in place.

    With ``own``, the others are the block itself, and only its earlier rows that stay count.
    """
    first = -(-(sketch.heads.shape[1] - 1) // _STEP)
    fixed = (bounds, start, others, sketch.turned, sketch.tails, threshold, found)
    at, column = _next(*fixed, 0, 0, first, own)
    while at < len(found):
        other = others[column]
        if _decide(vectors, order[start + at], order[other], threshold):
            found[at] = other
        at, column = _next(*fixed, at, column + 1, first, own)
