"""Walks that pick rows at a distance from one another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.distances import BLOCK, mean_row, squared_distance, squared_distances
from cribble.kernels.greedy import doubt
from cribble.kernels.threads import in_threads
from cribble.kernels.widening import read_row, wide_rows


@njit(cache=True, nogil=True)
def keeps_distance(row, members, front, count, gap, closest):  # type: ignore[no-untyped-def]
    """Measure a row against members until one is too near.

    Args:
        row: (d,) row.
        members: (m, d) rows.
        front: (count or more,) int64 which of them, in the order in which they are tried; updated.
        count: How many.
        gap: Squared distance to be kept.
        closest: Least squared distance so far.

    Returns:
        ``closest`` with the row counted in; -1 where a member is too near.
    """
    for q in range(count):
        distance = squared_distance(row, members[front[q]], max(closest, gap))
        if distance < gap:
            # Halfway up: a member that refuses often soon comes first.
            up = q >> 1
            front[q], front[up] = front[up], front[q]
            return -1.0
        closest = min(closest, distance)
    return closest


@njit(cache=True, nogil=True)
def walk_separated(  # type: ignore[no-untyped-def]
    X,
    order,
    position,
    members,
    front,
    count,
    most,
    gap,
    closest,
    ahead,
    utility,
    balance,
    diameter,
    best,
    at_once,
    blocked,
    codes,
    costs,
    ceiling,
    joined,
):
    """Walk on along the order and let open rows join that keep their distance from all members.

    Args:
        X: (n, d) float32 or float64, or the bits of float16.
        order: (n,) int64 rows in the order they are visited.
        position: Where to begin.
        members: (m, d) rows that joined so far, of which the first ``count`` are set; updated.
        front: (m,) int64 order in which members are tried; updated.
        count: Number of members.
        most: The largest number of members.
        gap: Squared distance that must be kept.
        closest: Least squared distance so far from a row that joined to those before it.
        ahead: (n + 1,) float64 sums of utility along the order.
        utility: Of the members so far.
        balance: Weight of the least distance.
        diameter: The largest that the least distance can count for.
        best: The walk gives up where it can no longer reach this value.
        at_once: Rows that may join before the limits must be asked again, at most m - count.
        blocked: (n,) bool.
        codes: (n,) int64 group of each row.
        costs: (n,) float64.
        ceiling: (C,) float64 largest cost a row of a group may have.
        joined: (at_once,) int64, set to the rows that joined.

    Returns:
        position: Where to go on; n at the end of the pool, n + 1 where the walk gave up.
        added: Number of rows that joined.
        closest: With them counted in. Memory: no more than given.
    """
    n = len(order)
    added = 0
    room = np.empty(X.shape[1], dtype=np.float32)
    reach = utility + balance * min(np.sqrt(closest), diameter)
    for p in range(position, n):
        if reach + (ahead[min(p + most - count, n)] - ahead[p]) < best:
            return n + 1, added, closest
        i = order[p]
        if blocked[i] or costs[i] > ceiling[codes[i]]:
            continue
        row = read_row(X, i, room)
        least = keeps_distance(row, members, front, count, gap, closest)
        if least < 0.0:
            continue
        closest = least
        members[count] = row
        joined[added] = i
        count += 1
        added += 1
        utility += ahead[p + 1] - ahead[p]
        reach = utility + balance * min(np.sqrt(closest), diameter)
        if added == at_once:
            return p + 1, added, closest
    return n, added, closest


@njit(cache=True, nogil=True)
def separated_rows(X, rows, members, count, gap, met):  # type: ignore[no-untyped-def]
    """Mark the rows that keep a distance from all members, measuring what is new to each.

    Args:
        X: (n, d) float32 or float64, or the bits of float16.
        rows: (m,) int64 rows.
        members: (k, d) rows like X, of which the first ``count`` are set; they never change.
        count: Number of members.
        gap: Squared distance that must be kept.
        met: (n,) int64, how many members each row is known to keep it from; -1 where it does not;
            updated.

    Returns:
        (m,) bool. Memory: 1 byte a row asked about.
    """
    marks = np.zeros(len(rows), dtype=np.bool_)
    room = np.empty(X.shape[1], dtype=np.float32)
    for r in range(len(rows)):
        i = rows[r]
        row = read_row(X, i, room)
        while met[i] >= 0 and met[i] < count:
            if squared_distance(row, members[met[i]], gap) < gap:
                met[i] = -1
            else:
                met[i] += 1
        marks[r] = met[i] >= 0
    return marks


@njit(cache=True, nogil=True)
def _least_pair(X):  # type: ignore[no-untyped-def]
    least = np.inf
    for i in range(len(X)):
        for j in range(i):
            least = min(least, squared_distance(X[i], X[j], least))
    return least


@njit(cache=True, nogil=True)
def _least_in_tile(X, low, across, products, squares, doubt, least):  # type: ignore[no-untyped-def]
    for r in range(products.shape[0]):
        i = low + r
        for c in range(products.shape[1]):
            j = across + c
            if j >= i:
                break
            both = squares[i] + squares[j]
            # (a + b)^2 <= 2 (a^2 + b^2) bounds the error of any product of the two.
            if both - 2.0 * products[r, c] - 4.0 * doubt * both < least:
                least = min(least, squared_distance(X[i], X[j], least))
    return least


def least_distance(X: NDArray[Any]) -> float:
    """Measure the least distance between two rows; infinite for fewer than two.

    Float32 products rule most pairs out, the others are measured. Time O(m^2 d). Memory: a
    copy of the rows, and a tile of 1,024 x 1,024 float32 a thread.
    """
    X = wide_rows(X)
    if len(X) <= 2 * BLOCK:
        return float(np.sqrt(_least_pair(X)))
    points = (X - mean_row(X)).astype(np.float32)
    squares = np.einsum("ij,ij->i", points, points, dtype=np.float64)
    least = [np.inf]

    def stripe(low: int) -> float:
        found = least[0]
        for across in range(low, -1, -BLOCK):
            products = points[low : low + BLOCK] @ points[across : across + BLOCK].T
            args = (low, across, products, squares, doubt(X.shape[1], 1.0))
            found = _least_in_tile(X, *args, min(found, least[0]))
            least[0] = min(least[0], found)
        return found

    return float(np.sqrt(min(in_threads(stripe, range(0, len(X), BLOCK)))))


@njit(cache=True, nogil=True)
def _far_pair(X):  # type: ignore[no-untyped-def]
    first, second, most = 0, 0, 0.0
    for i in range(len(X)):
        for j in range(i + 1, len(X)):
            distance = squared_distance(X[i], X[j], np.inf)
            if distance > most:
                first, second, most = i, j, distance
    return first, second, most


def far_pair(X: NDArray[Any], center: NDArray[np.float64]) -> tuple[int, int, float]:
    """Find two rows far apart.

    Up to 2,048 rows the pair is diametrical. Beyond, each sweep goes to the row farthest from the
    last, beginning at the center, until that gains nothing; the distance is at least half the
    diameter, and nearly always within a few percent of it.

    Args:
        X: (n, d) float16, float32 or float64, n at least 1.
        center: (d,) float64.

    Returns:
        The two rows and their distance.
    """
    if len(X) <= 2 * BLOCK:
        first, second, squared = _far_pair(wide_rows(X))
        return int(first), int(second), float(np.sqrt(squared))
    first = int(np.argmax(squared_distances(X, center)))
    second, most = first, -1.0
    for _ in range(8):
        distances = squared_distances(X, X[first].astype(np.float64))
        there = int(np.argmax(distances))
        if distances[there] <= most:
            break
        first, second, most = there, first, float(distances[there])
    return min(first, second), max(first, second), float(np.sqrt(most))
