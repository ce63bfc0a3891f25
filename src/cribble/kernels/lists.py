"""Lists of the pairs that can still gain, where all others have been ruled out."""

from __future__ import annotations

import math
import threading
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.greedy import TILE, affinity, doubt, tile
from cribble.kernels.scratch import Shelf, scratch
from cribble.kernels.threads import in_threads

# Candidates that a stripe is compared with at once.
ACROSS = 128 * TILE
_LANES = {"reassoc", "contract", "nsz"}


class Lists(NamedTuple):
    """The targets that each candidate may improve, as compressed columns.

    Args:
        start: (n + 1,) int64, or int32; column j is ``start[j]:start[j + 1]``.
        rows: (p,) int32 targets, ascending within a column.
        values: (p,) float32 affinities, or upper bounds of them.
    """

    start: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]


class Stripe(NamedTuple):
    """The live pairs of a stripe of rows i with the rows j from ``first`` on.

    Args:
        first: The first j.
        own: For each j as a candidate, the targets i and the affinities.
        turned: For each j as a target, the candidates i and the affinities.
    """

    first: int
    own: Lists
    turned: Lists


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
def _list_flags(words, hits):  # type: ignore[no-untyped-def]
    """Write down which of the bytes of some words are 1; returns how many."""
    ones, count = np.uint64(0x0101010101010101), 0
    for word in range(len(words)):
        bits = words[word]
        while bits != 0:
            lowest = bits & (~bits + np.uint64(1))
            # As many bytes lie below the lowest flag as ones are left there; they are summed up.
            below = (((lowest - np.uint64(1)) & ones) * ones) >> np.uint64(56)
            hits[count] = 8 * word + np.int64(below)
            count += 1
            bits ^= lowest
    return count


@njit(cache=True, nogil=True, fastmath=_LANES)
def _emit(  # type: ignore[no-untyped-def]
    products, scale, slack, length, base, held, back_base, back_held, first, at, own, turned
):
    """Note the live pairs of a tile of rows j and columns i.

    Target i may gain by candidate j if near_ji + base_j exceeds held_i, and target j by candidate
    i if near_ji + back_base_i exceeds back_held_j, where near_ji is
    scale * products_ji + slack_j * length_i.

    ``first`` is the first i, ``at`` the first j, counted from the stripe's. ``own`` is what is
    noted of candidates j: starts, rows, values, gains, where starts[-1] counts pairs; ``turned``
    is the same of candidates i.
    """
    starts, rows, values, gains = own
    turned_starts, turned_rows, turned_values, turned_gains = turned
    count, turned_count = starts[-1], turned_starts[-1]
    width = products.shape[1]
    line, hits = np.empty(width, dtype=np.float32), np.empty(width, dtype=np.int64)
    flags = np.zeros((width + 7) // 8 * 8, dtype=np.uint8)
    words = flags.view(np.uint64)
    for j in range(len(products)):
        row, reach, offset, cover, total = products[j], slack[j], base[j], back_held[j], 0.0
        # Compilers turn this loop into vector code.
        for i in range(width):
            line[i] = scale * row[i] + reach * length[i]
            flags[i] = np.uint8(line[i] + max(offset - held[i], back_base[i] - cover) > 0.0)
        starts[at + j], turned_starts[at + j] = count, turned_count
        for hit in range(_list_flags(words, hits)):
            # Without branches: both pairs are written, and a dead one is written over.
            i = hits[hit]
            rows[count], values[count] = first + i, line[i] + offset
            excess = max(values[count] - held[i], np.float32(0.0))
            total += excess
            count += int(excess > 0.0)
            turned_rows[turned_count] = first + i
            turned_values[turned_count] = line[i] + back_base[i]
            excess = max(turned_values[turned_count] - cover, np.float32(0.0))
            turned_gains[i] += excess
            turned_count += int(excess > 0.0)
        gains[at + j] += total
    starts[-1], turned_starts[-1] = count, turned_count


@njit(cache=True, nogil=True)
def _prune_turned(start, rows, values, held, sizes):  # type: ignore[no-untyped-def]
    """Drop pairs of candidates ``rows`` and target j that can gain no more, and count the rest."""
    count = 0
    for j in range(len(held)):
        low, start[j] = start[j], count
        for p in range(low, start[j + 1]):
            row, value = rows[p], values[p]
            rows[count], values[count] = row, value
            sizes[row + 1] += int(value > held[j])
            count += int(value > held[j])
    start[-1] = count


@njit(cache=True, nogil=True)
def _append(start, rows, values, fill, all_rows, all_values):  # type: ignore[no-untyped-def]
    """Copy each list to where the same candidate's is filled up to."""
    for j in range(len(start) - 1):
        shift = fill[j] - start[j]
        for p in range(start[j], start[j + 1]):
            all_rows[p + shift] = rows[p]
            all_values[p + shift] = values[p]
        fill[j] += start[j + 1] - start[j]


@njit(cache=True, nogil=True)
def _append_turned(start, rows, values, first, fill, all_rows, all_values):  # type: ignore[no-untyped-def]
    """Add targets ``first`` + j to where the lists of candidates ``rows`` are filled up to."""
    for j in range(len(start) - 1):
        for p in range(start[j], start[j + 1]):
            at = fill[rows[p]]
            fill[rows[p]] = at + 1
            all_rows[at] = first + j
            all_values[at] = values[p]


def alive_pairs(
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    cover: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
    memory: float = math.inf,
) -> tuple[list[Stripe], NDArray[np.float64]]:
    """Find every pair that may still gain, with an upper bound of its affinity.

    Arguments as in `gain_bounds`; beyond ``memory`` bytes the pairs are mapped (`scratch`). Where
    candidates and targets are the same array, each product serves both of its pairs. Memory: 8
    bytes a pair that is found, 4 a candidate and stripe of 512 targets, and a stripe by 65,536
    candidates a thread, of which only what is found is touched.

    Returns:
        The pairs, for `merge_lists`, and (n,) float64 bounds of the gains, the sums of what they
        hold.

    Raises:
        OutputError: The disk cannot hold what goes beyond memory.
    """
    same = X is Y
    short, factor = offsets.astype(np.float32), np.float32(scale)
    norms = np.sqrt(np.einsum("ij,ij->i", Y, Y, dtype=np.float64))
    slack = (doubt(X.shape[1], scale) * norms).astype(np.float32)
    never = np.full(TILE, np.inf, dtype=np.float32)
    local, shelf = threading.local(), Shelf(memory)

    def stripe(place: tuple[int, int]) -> tuple[Stripe, NDArray[np.float64], NDArray[np.float64]]:
        a, low = place
        if not hasattr(local, "room"):
            local.room = np.empty(TILE * TILE, dtype=np.float32)
            local.rows = np.empty((2, TILE * ACROSS), dtype=np.int32)
            local.values = np.empty((2, TILE * ACROSS), dtype=np.float32)
        r, high = slice(a, min(a + TILE, len(X))), min(low + ACROSS, len(Y))
        starts: Any = np.zeros((2, high - low + 1), dtype=np.int32)
        gains = np.zeros(high - low), np.zeros(TILE)
        sides = tuple(zip(starts, local.rows, local.values, gains, strict=True))
        for b in range(low, high, TILE):
            c = slice(b, min(b + TILE, len(Y)))
            products = tile(Y[c], X[r], local.room)
            # A tile on the diagonal has both pairs of each two rows already.
            turned = (short[r], cover[c]) if same and b > a else (cover[r], never)
            args: Any = (products, factor, slack[c], lengths[r], short[c], cover[r], *turned)
            _emit(*args, a, b - low, *sides)
        own, across = (
            Lists(*(shelf.keep(one) for one in (start, rows[: start[-1]], values[: start[-1]])))
            for start, rows, values, _ in sides
        )
        if not same:
            across = across._replace(start=across.start[:1])
        return Stripe(low, own, across), *gains

    found: list[Stripe] = []
    total = np.zeros(len(Y))
    places = [
        (a, low) for a in range(0, len(X), TILE) for low in range(a if same else 0, len(Y), ACROSS)
    ]
    for (a, low), (one, gains, turned) in zip(places, in_threads(stripe, places), strict=True):
        found.append(one)
        total[low : low + len(gains)] += gains
        if same:
            total[a : a + TILE] += turned[: len(X) - a]
    return found, total


def merge_lists(
    found: list[Stripe], cover: NDArray[np.float32], candidates: int, memory: float = math.inf
) -> Lists:
    """Join the lists of all stripes, without the pairs that can gain no more.

    Args:
        found: The pairs, from `alive_pairs`; emptied.
        cover: (m,) float32 best affinity by now.
        candidates: How many there are, n.
        memory: Bytes that the lists may take; beyond, they are mapped (`scratch`).

    Returns:
        The lists. Memory: 8 bytes a pair that is left, and 24 a candidate.
    """
    sizes = np.zeros(candidates + 1, dtype=np.int64)
    for number, (first, own, turned) in enumerate(found):
        left, _ = prune_lists(own, cover)
        last = first + len(left.start) - 1
        sizes[first + 1 : last + 1] += np.diff(left.start)
        if len(turned.rows):
            _prune_turned(*turned, cover[first:last], sizes)
        found[number] = Stripe(first, left, turned)
    start = np.cumsum(sizes)
    shape = (int(start[-1]),)
    rows, values = scratch(shape, np.int32, memory / 2), scratch(shape, np.float32, memory / 2)
    fill = start[:-1].copy()
    found.reverse()
    while found:
        # The targets of earlier stripes and of its own come before those across, so all ascend.
        first, own, turned = found.pop()
        _append(*own, fill[first:], rows, values)
        _append_turned(*turned, first, fill, rows, values)
    return Lists(start, rows, values)


@njit(cache=True, nogil=True)
def _prune(start, rows, values, cover, gains):  # type: ignore[no-untyped-def]
    kept = np.zeros(len(start), dtype=start.dtype)
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
