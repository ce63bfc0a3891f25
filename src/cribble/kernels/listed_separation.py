"""Walks that keep a distance by lists of near rows: few pairs are measured, and none is missed.

Two rows that neither lists are at least as far apart as the larger of their reaches. So only rows
whose reach is below the distance to be kept must be measured against one another.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cribble.kernels.distances import squared_distance
from cribble.kernels.separation import keeps_distance

OPEN, BARRED, MEMBER = 0, 1, 2
# What rounding to float32 may take from a squared distance, or add to it.
_ROUNDING = 1e-6


@njit(cache=True, nogil=True)
def reaches(order, near, gaps, lengths, doubt):  # type: ignore[no-untyped-def]
    """Work out how near a row that is not among the nearest of a row can be.

    Args:
        order: (n,) int32, which row each line is about.
        near: (n, c) int32 its nearest rows, by float32 products; n stands for none.
        gaps: (n, c) float32 their squared distances.
        lengths: (n,) length of each row as it was multiplied.
        doubt: Largest error of a product, relative to the product of the two lengths.

    Returns:
        (n,) float64 squared distances; infinite where all other rows are among the nearest.
    """
    n = len(order)
    out = np.full(n, np.inf)
    for line in range(n):
        i, far, found = order[line], 0.0, 0
        for c in range(near.shape[1]):
            if near[line, c] < n:
                far = max(far, np.float64(gaps[line, c]))
                found += 1
        if found < n - 1:
            # A row that the search ranked just behind the last one may be nearer by its error.
            error = 8.0 * doubt * (lengths[i] + np.sqrt(far)) ** 2
            out[i] = far * (1.0 - _ROUNDING) - error
    return out


@njit(cache=True, nogil=True)
def bar_near(X, i, gap, start, rows, gaps, state, closest):  # type: ignore[no-untyped-def]
    """Make a row a member and bar what it lists within the distance.

    Args:
        X: (n, d) float32 or float64.
        i: The row.
        gap: Squared distance to be kept.
        start: (n + 1,) int64; the list of row i is ``start[i]:start[i + 1]``.
        rows: (p,) int32.
        gaps: (p,) float32 squared distances.
        state: (n,) uint8, `OPEN`, `BARRED` or `MEMBER`; updated.
        closest: Least squared distance between members so far.

    Returns:
        ``closest``, with the members that the row lists counted in. Memory: no more than given.
    """
    state[i] = MEMBER
    for p in range(start[i], start[i + 1]):
        j = rows[p]
        if j == i or state[j] == BARRED:
            continue
        if state[j] == MEMBER:
            closest = min(closest, squared_distance(X[i], X[j], closest))
        elif gaps[p] <= gap * (1 + _ROUNDING) and squared_distance(X[i], X[j], gap) < gap:
            state[j] = BARRED
    return closest


@njit(cache=True, nogil=True)
def walk_listed(  # type: ignore[no-untyped-def]
    X,
    order,
    position,
    start,
    rows,
    gaps,
    reach,
    state,
    doubtful,
    doubts,
    count,
    most,
    gap,
    closest,
    ahead,
    utility,
    balance,
    diameter,
    best,
    blocked,
    codes,
    costs,
    ceiling,
    joined,
):
    """Walk on along the order, as `cribble.kernels.separation.walk_separated` does, by lists.

    Args:
        X: (n, d) float32 or float64.
        order: (n,) int64 rows in the order they are visited.
        position: Where to begin.
        start: (n + 1,) int64.
        rows: (p,) int32; symmetric lists.
        gaps: (p,) float32.
        reach: (n,) float64, from ``reaches``.
        state: (n,) uint8; updated.
        doubtful: (n,) int64, of which the first ``doubts`` are the members whose reach is below
            the distance; updated.
        doubts: Their number.
        count: Number of members.
        most: The largest number of members.
        gap: Squared distance that must be kept.
        closest: No more than the least squared distance from a row that joined to those before.
        ahead: (n + 1,) float64 sums of utility along the order.
        utility: Of the members so far.
        balance: Weight of the least distance.
        diameter: The largest that the least distance can count for.
        best: The walk gives up where it can no longer reach this value.
        blocked: (n,) bool.
        codes: (n,) int64 group of each row.
        costs: (n,) float64.
        ceiling: (C,) float64 largest cost a row of a group may have.
        joined: (a,) int64, set to the rows that joined; the walk stops when it is full.

    Returns:
        position: Where to go on; n at the end of the pool, n + 1 where the walk gave up.
        added: Number of rows that joined.
        closest: With them counted in; a pair that is not listed counts as its reach.
        doubts: With them counted in. Memory: no more than given.
    """
    n = len(order)
    added = 0
    value = utility + balance * min(np.sqrt(closest), diameter)
    for p in range(position, n):
        if value + (ahead[min(p + most - count, n)] - ahead[p]) < best:
            return n + 1, added, closest, doubts
        i = order[p]
        if blocked[i] or state[i] != OPEN or costs[i] > ceiling[codes[i]]:
            continue
        if reach[i] < gap:
            least = keeps_distance(X[i], X, doubtful, doubts, gap, closest)
            if least < 0.0:
                continue
            closest = least
            doubtful[doubts] = i
            doubts += 1
        else:
            closest = min(closest, reach[i])
        closest = bar_near(X, i, gap, start, rows, gaps, state, closest)
        joined[added] = i
        count += 1
        added += 1
        utility += ahead[p + 1] - ahead[p]
        value = utility + balance * min(np.sqrt(closest), diameter)
        if added == len(joined):
            return p + 1, added, closest, doubts
    return n, added, closest, doubts


@njit(cache=True, nogil=True)
def nearest_listed(start, rows, gaps, place):  # type: ignore[no-untyped-def]
    """Find for each row the nearest pick that it lists, the earlier one among equals.

    Args:
        start: (n + 1,) int64; the list of row i is ``start[i]:start[i + 1]``.
        rows: (p,) int32.
        gaps: (p,) float32 squared distances.
        place: (n,) int64, the place of each row among the picks; -1 for others.

    Returns:
        (n,) int64 places; -1 where a row lists no pick.
    """
    out = np.full(len(place), -1, dtype=np.int64)
    for i in range(len(place)):
        least = np.inf
        for p in range(start[i], start[i + 1]):
            there = place[rows[p]]
            if there >= 0 and (gaps[p] < least or (gaps[p] == least and there < out[i])):
                least, out[i] = gaps[p], there
    return out
