"""Lists of the pairs that can still gain, where all others have been ruled out."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.greedy import TILE, affinity, doubt, tile
from cribble.kernels.threads import in_threads

# Keys, excesses, whether targets run across, and the first row of the stripe.
Found = tuple[NDArray[np.uint32], NDArray[np.float32], bool, int]
_LANES = {"reassoc", "contract", "nsz"}


class Lists(NamedTuple):
    """The targets that each candidate may improve, as compressed columns.

    Args:
        start: (n + 1,) int64; column j is ``start[j]:start[j + 1]``.
        rows: (p,) int32 targets, ascending within a column.
        values: (p,) float32 affinities, or upper bounds of them.
    """

    start: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]


@njit(cache=True, nogil=True)
def listed_gains(start, rows, values, cover, candidates):  # type: ignore[no-untyped-def]
    """Sum the gains of some candidates over their lists, (c,) float64."""
    out = np.empty(len(candidates))
    for c in range(len(candidates)):
        total = 0.0
        for p in range(start[candidates[c]], start[candidates[c] + 1]):
            value, held = values[p], cover[rows[p]]
            if value > held:
                total += np.float64(value) - np.float64(held)
        out[c] = total
    return out


@njit(cache=True, nogil=True)
def listed_gains_in_doubt(X, Y, scale, offsets, start, rows, values, cover, candidates):  # type: ignore[no-untyped-def]
    """Sum the gains of some candidates over their lists of upper bounds, (c,) float64."""
    out = np.empty(len(candidates))
    for c in range(len(candidates)):
        j = candidates[c]
        total = 0.0
        for p in range(start[j], start[j + 1]):
            i = rows[p]
            if values[p] > cover[i]:
                value = affinity(X[i], Y[j], scale, offsets[j])
                if value > cover[i]:
                    total += np.float64(value) - np.float64(cover[i])
        out[c] = total
    return out


@njit(cache=True, nogil=True)
def fill_affinities(X, Y, scale, offsets, start, rows, values):  # type: ignore[no-untyped-def]
    """Compute the affinity of every listed pair into ``values``, (p,) float32."""
    for j in range(len(Y)):
        for p in range(start[j], start[j + 1]):
            values[p] = affinity(X[rows[p]], Y[j], scale, offsets[j])


@njit(cache=True, nogil=True, fastmath=_LANES)
def _emit(products, scale, base, slope, factors, shifts, first, keys, excess, count):  # type: ignore[no-untyped-def]
    """Note the pairs of a tile whose affinity may exceed the cover.

    The excess of pair (i, j) is scale * products_ij + base_j + slope_j * factors_i + shifts_i,
    and its key (first + j) * TILE + i. A whole line is worked out first, since compilers turn
    that loop into vector code, and its flags are then read eight at a time.
    """
    line = np.empty(TILE, dtype=np.float32)
    flags = np.zeros(TILE, dtype=np.uint8)
    words = flags.view(np.uint64)
    width = products.shape[1]
    for i in range(products.shape[0]):
        row, factor, shift = products[i], factors[i], shifts[i]
        for j in range(width):
            line[j] = scale * row[j] + (base[j] + slope[j] * factor) + shift
            flags[j] = np.uint8(line[j] > 0.0)
        for word in range((width + 7) >> 3):
            if words[word] == 0:
                continue
            for j in range(8 * word, 8 * word + 8):
                if flags[j]:
                    keys[count] = (first + j) * TILE + i
                    excess[count] = line[j]
                    count += 1
    return count


@njit(cache=True, nogil=True)
def _count_in(keys, excess, mirrored, first, sizes, gains):  # type: ignore[no-untyped-def]
    for p in range(len(keys)):
        col = first + keys[p] % TILE if mirrored else keys[p] // TILE
        sizes[col + 1] += 1
        gains[col] += excess[p]


@njit(cache=True, nogil=True)
def _sort_in(keys, excess, mirrored, first, cover, fill, rows, values):  # type: ignore[no-untyped-def]
    for p in range(len(keys)):
        down, across = first + keys[p] % TILE, keys[p] // TILE
        col, row = (down, across) if mirrored else (across, down)
        at = fill[col]
        fill[col] = at + 1
        rows[at] = row
        values[at] = cover[row] + excess[p]


def alive_lists(
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    cover: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
) -> tuple[Lists, NDArray[np.float64]]:
    """List every pair that may still gain, with an upper bound of its affinity.

    Arguments as in `gain_bounds`; at most 8 million rows. Memory: about 9 bytes a listed pair,
    and a stripe of 512 rows by n candidates a thread, of which only the listed part is touched.

    Returns:
        The lists, and (n,) float64 bounds of the gains, the sums of what they hold.
    """
    same = int(X is Y)
    short, held = offsets.astype(np.float32), -cover
    factor = np.float32(scale)
    norms = np.sqrt(np.einsum("ij,ij->i", Y, Y, dtype=np.float64))
    slack = (doubt(X.shape[1], scale) * norms).astype(np.float32)
    local = threading.local()

    def stripe(a: int) -> list[Found]:
        if not hasattr(local, "room"):
            local.room = np.empty(TILE * TILE, dtype=np.float32)
            local.keys = np.empty((1 + same, TILE * len(Y)), dtype=np.uint32)
            local.excess = np.empty((1 + same, TILE * len(Y)), dtype=np.float32)
        r = slice(a, min(a + TILE, len(X)))
        counts = [0] * (1 + same)
        for b in range(a if same else 0, len(Y), TILE):
            c = slice(b, min(b + TILE, len(Y)))
            products = tile(X[r], Y[c], local.room)
            args: Any = (products, factor, short[c], slack[c], lengths[r], held[r], b)
            counts[0] = _emit(*args, local.keys[0], local.excess[0], counts[0])
            if same and b > a:
                args = (products, factor, held[c], lengths[c], slack[r], short[r], b)
                counts[1] = _emit(*args, local.keys[1], local.excess[1], counts[1])
        # Within a column, targets of this stripe come before those across, so both ascend.
        return [
            (local.keys[side, :count].copy(), local.excess[side, :count].copy(), side == 1, a)
            for side, count in enumerate(counts)
        ]

    found: list[Found] = []
    sizes, gains = np.zeros(len(Y) + 1, dtype=np.int64), np.zeros(len(Y))
    for parts in in_threads(stripe, range(0, len(X), TILE)):
        for part in parts:
            _count_in(*part, sizes, gains)
        found.extend(parts)
    start = np.cumsum(sizes)
    rows = np.empty(start[-1], dtype=np.int32)
    values = np.empty(start[-1], dtype=np.float32)
    fill = start[:-1].copy()
    found.reverse()
    while found:
        _sort_in(*found.pop(), cover, fill, rows, values)
    return Lists(start, rows, values), gains


@njit(cache=True, nogil=True)
def _prune(start, rows, values, cover, gains):  # type: ignore[no-untyped-def]
    kept = np.zeros(len(start), dtype=np.int64)
    count = 0
    for j in range(len(gains)):
        total = 0.0
        for p in range(start[j], start[j + 1]):
            # Without branches: every pair is written, and the dead ones are written over.
            row, value = rows[p], values[p]
            excess = np.float64(value) - np.float64(cover[row])
            total += max(excess, 0.0)
            rows[count] = row
            values[count] = value
            count += int(excess > 0.0)
        gains[j] = total
        kept[j + 1] = count
    return kept


def prune_lists(lists: Lists, cover: NDArray[np.float32]) -> tuple[Lists, NDArray[np.float64]]:
    """Drop pairs that can gain no more, in place.

    Returns:
        The lists that are left, over the same memory, and `listed_gains` of every candidate.
    """
    gains = np.empty(len(lists.start) - 1)
    start = _prune(*lists, cover, gains)
    return Lists(start, lists.rows[: start[-1]], lists.values[: start[-1]]), gains
