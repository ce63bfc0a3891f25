"""The graph of near rows: who is near to whom, either way, and how near."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.lists import Lists
from cribble.kernels.neighbors import NearRows
from cribble.kernels.scratch import scratch

# Pairs put in order at once, where memory does not allow more.
_LEAST_PAIRS = 1 << 20


@njit(cache=True, nogil=True)
def _count(order, near, sizes):  # type: ignore[no-untyped-def]
    n = len(order)
    for p in range(n):
        sizes[order[p] + 1] += 1
        for j in near[p]:
            if j < n:
                sizes[order[p] + 1] += 1
                sizes[j + 1] += 1


@njit(cache=True, nogil=True)
def _fill(order, near, bits, low, high, fill, keys):  # type: ignore[no-untyped-def]
    """Note the pairs of rows ``low`` to ``high``: the other row, then the bits of the distance."""
    n, shift = len(order), np.int64(32)
    base = fill[low]
    for p in range(n):
        i = np.int64(order[p])
        inside = low <= i < high
        if inside:
            keys[fill[i] - base] = i << shift
            fill[i] += 1
        for c in range(near.shape[1]):
            j = np.int64(near[p, c])
            if j == n:
                continue
            gap = np.int64(bits[p, c])
            if inside:
                keys[fill[i] - base] = (j << shift) | gap
                fill[i] += 1
            if low <= j < high:
                keys[fill[j] - base] = (i << shift) | gap
                fill[j] += 1


@njit(cache=True, nogil=True)
def _tidy(start, low, high, keys, tidied, rows, bits):  # type: ignore[no-untyped-def]
    """Sort the lists of rows ``low`` to ``high`` and leave out repeats."""
    count, shift = tidied[low], np.int64(32)
    for i in range(low, high):
        last = np.int64(-1)
        for key in np.sort(keys[start[i] - start[low] : start[i + 1] - start[low]]):
            if key >> shift != last:
                last = key >> shift
                rows[count] = np.int32(last)
                bits[count] = np.int32(key & np.int64(0x7FFFFFFF))
                count += 1
        tidied[i + 1] = count


def near_graph(near: NearRows, memory: float = math.inf) -> Lists:
    """List for each row itself, its near rows, and the rows whose near row it is.

    Args:
        near: The near rows of each row.
        memory: Bytes that the lists may take; beyond, they are mapped (`scratch`). They are put in
            order in parts that take as much, whatever the result is kept in.

    Returns:
        The lists, ascending, with squared distances as values, 0 for the row itself. Memory: 8
        bytes a pair, at most n (2 c + 1) pairs, and 16 bytes a row.
    """
    n = len(near.order)
    rows, gaps = near.rows, near.gaps
    sizes = np.zeros(n + 1, dtype=np.int64)
    _count(near.order, rows, sizes)
    start = np.cumsum(sizes, out=sizes)
    listed = scratch((int(start[-1]),), np.int32, memory / 2)
    values = scratch((int(start[-1]),), np.float32, memory / 2)
    tidied = np.zeros(n + 1, dtype=np.int64)
    fill = start[:-1].copy()
    for low, high in _stripes(start, max(_LEAST_PAIRS, memory / 16)):
        keys = np.empty(int(start[high] - start[low]), dtype=np.int64)
        _fill(near.order, rows, gaps.view(np.int32), low, high, fill, keys)
        _tidy(start, low, high, keys, tidied, listed, values.view(np.int32))
    return Lists(tidied, listed[: tidied[-1]], values[: tidied[-1]])


def _stripes(start: NDArray[np.int64], pairs: float) -> list[tuple[int, int]]:
    """Cut the rows into stretches of so many pairs, or of one row."""
    cuts = [0]
    while cuts[-1] < len(start) - 1:
        end = int(np.searchsorted(start, start[cuts[-1]] + pairs, side="right")) - 1
        cuts.append(max(end, cuts[-1] + 1))
    return list(pairwise(cuts))
