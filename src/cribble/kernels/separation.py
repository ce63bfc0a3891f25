"""Walks that pick rows at a distance from one another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.distances import squared_distance, squared_distances


@njit(cache=True, nogil=True)
def next_separated(  # type: ignore[no-untyped-def]
    X,
    order,
    position,
    members,
    front,
    count,
    gap,
    closest,
    ahead,
    room,
    short,
    blocked,
    codes,
    costs,
    ceiling,
):
    """Walk on to the next open row that keeps its distance from all members.

    Args:
        X: (n, d) float32 or float64.
        order: (n,) int64 rows in the order they are visited.
        position: Where to begin.
        members: (k, d) rows accepted so far, of which the first ``count`` are set.
        front: (k,) int64 order in which members are tried; the one that refused a row moves up.
        count: Number of members.
        gap: Squared distance that must be kept.
        closest: Least squared distance so far from an accepted row to the others.
        ahead: (n + 1,) float64 sums of utility along the order.
        room: The largest number of rows that can still join.
        short: The walk ends where ``room`` rows cannot add this much utility any more.
        blocked: (n,) bool.
        codes: (n,) int64 group of each row.
        costs: (n,) float64.
        ceiling: (C,) float64 largest cost a row of a group may have.

    Returns:
        position: Of the row found; n at the end of the pool, n + 1 where the walk gave up.
        closest: With that row counted in. Memory: no more than given.
    """
    n = len(order)
    for p in range(position, n):
        if ahead[min(p + room, n)] - ahead[p] < short:
            return n + 1, closest
        i = order[p]
        if blocked[i] or costs[i] > ceiling[codes[i]]:
            continue
        row = X[i]
        least = closest
        held = False
        for q in range(count):
            distance = squared_distance(row, members[front[q]], max(least, gap))
            if distance < gap:
                held = True
                # Halfway up: a member that refuses often soon comes first.
                up = q >> 1
                front[q], front[up] = front[up], front[q]
                break
            least = min(least, distance)
        if not held:
            return p, least
    return n, closest


@njit(cache=True, nogil=True)
def _least_pair(X):  # type: ignore[no-untyped-def]
    least = np.inf
    for i in range(len(X)):
        for j in range(i):
            least = min(least, squared_distance(X[i], X[j], least))
    return least


def least_distance(X: NDArray[Any]) -> float:
    """Measure the least distance between two rows; infinite for fewer than two. O(m^2 d)."""
    return float(np.sqrt(_least_pair(X)))


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
        X: (n, d) float32 or float64, n at least 1.
        center: (d,) float64.

    Returns:
        The two rows and their distance.
    """
    if len(X) <= 2048:
        first, second, squared = _far_pair(X)
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
