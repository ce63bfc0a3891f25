"""Thinning rows to fewer with nearly the same kernel mean: splitting, compressing, swapping.

All work on columns in the unit of a Gaussian kernel's width; see `kernels.gaussian`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import stream
from cribble.kernels.gaussian import STRIP, kernel_sums, near_strip
from cribble.kernels.threads import in_threads

_LANES = {"reassoc", "contract", "nsz"}
# The chance that any one walk goes beyond its bound; half of it goes to either stage.
_FAILURE = 0.5

Columns = NDArray[np.float32]
Rows = NDArray[np.int64]
Gather = Callable[[Rows], Columns]


@njit(cache=True, nogil=True, fastmath=_LANES)
def _pull(columns, stop, one, other, signs, once, twice, work):  # type: ignore[no-untyped-def]
    """Sum signs * (k(x, one) - k(x, other)) over the first ``stop`` columns."""
    bits, near, far = work
    pull = 0.0
    for low in range(0, stop, STRIP):
        high = min(low + STRIP, stop)
        near_strip(columns, low, high, one, bits, near)
        near_strip(columns, low, high, other, bits, far)
        some = signs[low:high]
        part = 0.0
        for j in range(high - low):
            gap = near[j] - far[j]
            part += some[j] * gap * (once + twice * (near[j] + far[j]))
        pull += part
    return pull


@njit(cache=True, nogil=True)
def split(columns, once, twice, bound, draws):  # type: ignore[no-untyped-def]
    """Split a list in two by a self-balancing walk over its pairs.

    Of each pair one goes to either half, such that the one which would draw the halves apart is
    likely to go where it does not. O(m^2 d); an odd last one is left out.

    Args:
        columns: (d, m) float32, the list.
        once: The split kernel is once * k + twice * k^2, for the Gaussian k of width 1.
        twice: See ``once``.
        bound: Twice the logarithm in the bound on the walk.
        draws: (m // 2,) float64 uniform draws.

    Returns:
        left, right: (m // 2,) int64 places in the list each.

    Source:
        Dwivedi and Mackey (2022), arXiv:2110.01593, algorithm KT-split.
    """
    half = len(draws)
    left, right = np.empty(half, dtype=np.int64), np.empty(half, dtype=np.int64)
    signs = np.empty(2 * half, dtype=np.float32)
    pair = np.empty((2, len(columns)), dtype=np.float32)
    bits, near = np.empty(STRIP, dtype=np.int32), np.empty(STRIP, dtype=np.float32)
    work = (bits, near, np.empty(STRIP, dtype=np.float32))
    once, twice = np.float32(once), np.float32(twice)
    spread = 0.0
    for i in range(half):
        for k in range(len(columns)):
            pair[0, k], pair[1, k] = columns[k, 2 * i], columns[k, 2 * i + 1]
        near_strip(columns, 2 * i, 2 * i + 1, pair[1], bits, near)
        apart = 2.0 * (once * (1.0 - near[0]) + twice * (1.0 - near[0] * near[0]))
        step = max(np.sqrt(spread * apart * bound), apart)
        if step == 0.0:
            step = 1.0
        if i == 0:
            spread = apart
        else:
            growth = 0.5 + (apart / (2.0 * step) - 1.0) * spread / step
            spread += 2.0 * apart * max(0.0, growth)
        pull = _pull(columns, 2 * i, pair[0], pair[1], signs, once, twice, work)
        swap = 1 if draws[i] < 0.5 * (1.0 - pull / step) else 0
        left[i], right[i] = 2 * i + swap, 2 * i + 1 - swap
        signs[left[i]], signs[right[i]] = -1.0, 1.0
    return left, right


def _walk(
    gather: Gather, mix: tuple[float, float], task: tuple[Rows, float, NDArray[np.float64]]
) -> tuple[Rows, Rows]:
    rows, bound, draws = task
    left, right = split(gather(rows), *mix, bound, draws)
    return rows[left], rows[right]


def halves(columns: Columns, times: int, mix: tuple[float, float], seed: int) -> list[Rows]:
    """Split a list again and again into 2^times lists of equal length.

    Args:
        columns: (d, m) float32; their order decides the pairs.
        times: How often to halve.
        mix: Shares of the kernel and of its square in the split kernel.
        seed: Decides the draws.

    Returns:
        2^times arrays of m // 2^times places. O(m^2 d) for all levels together.
    """
    m = columns.shape[1]
    lists: list[Rows] = [np.arange(m)]
    for level in range(times):
        bound = 2.0 * np.log(2.0 * m * times / (_FAILURE * 2.0**level))
        walk = partial(_walk, lambda rows: np.ascontiguousarray(columns[:, rows]), mix)
        tasks = [
            (rows, bound, stream(seed, f"split {level} {place}").random(len(rows) // 2))
            for place, rows in enumerate(lists)
        ]
        lists = [half for both in in_threads(walk, tasks) for half in both]
    return lists


def compress(
    gather: Gather, order: Rows, least: int, part: int, mix: tuple[float, float], seed: int
) -> Rows:
    """Halve a list piecewise, in ever fewer and longer pieces, down to ``least`` rows or just over.

    Pieces are halved; then four halves make a piece, twice as long as those before, and so on. A
    round costs len(order) * part / 2 pairs of kernel values. A walk is as likely to go left as
    right, so that either half of a piece is as good.

    Args:
        gather: From rows to their columns, (d, c) float32.
        order: (m,) int64 rows, in random order.
        least: The list never gets shorter; at least 1.
        part: Length of the first pieces.
        mix: Shares of the kernel and of its square in the split kernel.
        seed: Decides the draws.

    Returns:
        (c,) int64 rows, least <= c < 2 least + pieces where m is larger; holds two pieces.

    Source:
        Shetty, Dwivedi and Mackey (2022), arXiv:2111.07941. Pieces are of nearly equal length, so
        that m need not be a power of 4.
    """
    rounds = max(1, int(np.log2(max(1.0, len(order) / least))))
    total, turn = float(rounds) * len(order) * part, 0
    while len(order) > least:
        pieces = np.array_split(order, max(1, -(-len(order) // (part * 2**turn))))
        if sum(len(piece) // 2 for piece in pieces) < least:
            break
        tasks = []
        for place, piece in enumerate(pieces):
            # Walks may fail in proportion to what they cost.
            failure = _FAILURE / 2 * len(piece) ** 2 / total
            bound = 2.0 * np.log(2.0 * max(2, len(piece)) / failure)
            draws = stream(seed, f"compress {total} {turn} {place}").random(len(piece) // 2)
            tasks.append((piece, bound, draws))
        both = in_threads(partial(_walk, gather, mix), tasks)
        order = np.concatenate([left for left, _ in both])
        turn += 1
    return order


@njit(cache=True, nogil=True)
def _add_near(columns, place, factor, point, bits, near, sums):  # type: ignore[no-untyped-def]
    """Add ``factor`` times the kernel of one column to the sums of all."""
    for k in range(len(columns)):
        point[k] = columns[k, place]
    for low in range(0, len(sums), STRIP):
        high = min(low + STRIP, len(sums))
        near_strip(columns, low, high, point, bits, near)
        for j in range(high - low):
            sums[low + j] += factor * near[j]


@njit(cache=True, nogil=True)
def refine(columns, mean, picks, count, rounds):  # type: ignore[no-untyped-def]
    """Drop the picks that are missed least, then replace each by the column that serves best.

    What counts is the squared distance of the picks' kernel mean from ``mean``, which neither step
    raises beyond what dropping must. O(m d) a step.

    Args:
        columns: (d, m) float32.
        mean: (m,) float64 kernel mean at every column.
        picks: (p,) int64 places, no repeats.
        count: How many stay, at most p.
        rounds: Most rounds of replacing; the source takes one.

    Returns:
        picks: (count,) int64 places, no repeats.
        sums: (m,) float64 summed kernel with the picks.

    Source:
        Dwivedi and Mackey (2022), arXiv:2110.01593, algorithm KT-swap; dropping is our own.
    """
    m = columns.shape[1]
    point = np.empty(len(columns), dtype=np.float32)
    bits, near = np.empty(STRIP, dtype=np.int32), np.empty(STRIP, dtype=np.float32)
    sums, taken = np.zeros(m), np.zeros(m, dtype=np.bool_)
    for place in picks:
        taken[place] = True
        _add_near(columns, place, 1.0, point, bits, near, sums)
    left = len(picks)
    gone = np.zeros(left, dtype=np.bool_)
    while left > count:
        left -= 1
        least, first = np.inf, -1
        for i in range(len(picks)):
            cost = np.inf if gone[i] else mean[picks[i]] * left - sums[picks[i]]
            if cost < least:
                least, first = cost, i
        gone[first] = True
        taken[picks[first]] = False
        _add_near(columns, picks[first], -1.0, point, bits, near, sums)
    picks = picks[~gone]
    for _ in range(rounds):
        changed = False
        for i in range(count):
            own = picks[i]
            taken[own] = False
            _add_near(columns, own, -1.0, point, bits, near, sums)
            best = own
            for j in range(m):
                if not taken[j] and sums[j] - count * mean[j] < sums[best] - count * mean[best]:
                    best = j
            picks[i] = best
            taken[best] = True
            changed |= best != own
            _add_near(columns, best, 1.0, point, bits, near, sums)
        if not changed:
            break
    return picks, sums


def square_distance(columns: Columns, mean: NDArray[np.float64], picks: Rows) -> float:
    """The squared distance of the picks' kernel mean, less what is the same for all picks.

    Args:
        columns: (d, m) float32.
        mean: (m,) float64 kernel mean at every column.
        picks: (k,) int64 places, at least one.
    """
    own = np.ascontiguousarray(columns[:, picks])
    return float(kernel_sums(own, own).mean() / len(picks) - 2 * mean[picks].mean())
