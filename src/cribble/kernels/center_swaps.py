"""What the cost of a clustering becomes when one center is exchanged for a row."""

from __future__ import annotations

import numpy as np
from numba import njit

from cribble.kernels.distances import squared_distance

# A little below the true distance, so that rounding cannot prune wrongly.
_SHY = 1.0 - 1e-6


@njit(cache=True, nogil=True)
def cost_of(squared, power):  # type: ignore[no-untyped-def]
    """Return distance ** power, for a power of 1 or 2."""
    return squared if power == 2 else np.sqrt(squared)


@njit(cache=True, nogil=True)
def _note(gap, slot, i, nearest, owner):  # type: ignore[no-untyped-def]
    if gap < nearest[i, 0]:
        nearest[i, 1], owner[i, 1] = nearest[i, 0], owner[i, 0]
        nearest[i, 0], owner[i, 0] = gap, slot
    elif gap < nearest[i, 1]:
        nearest[i, 1], owner[i, 1] = gap, slot


@njit(cache=True, nogil=True)
def meet_center(X, centers, slot, nearest, owner):  # type: ignore[no-untyped-def]
    """Let every row measure a new center, and keep its two nearest.

    Args:
        X: (n, d) float32 or float64.
        centers: (k, d) rows like X.
        slot: Which center is new.
        nearest: (n, 2) float64 squared distances to the two nearest centers so far; updated.
        owner: (n, 2) int64 these centers, -1 for none; updated. Memory: no more than given.
    """
    for i in range(len(X)):
        _note(squared_distance(X[i], centers[slot], nearest[i, 1]), slot, i, nearest, owner)


@njit(cache=True, nogil=True)
def replace_center(X, centers, slot, nearest, owner):  # type: ignore[no-untyped-def]
    """Bring the two nearest centers of every row up to date after center ``slot`` has changed.

    Arguments as for `meet_center`.
    """
    for i in range(len(X)):
        if owner[i, 0] != slot and owner[i, 1] != slot:
            _note(squared_distance(X[i], centers[slot], nearest[i, 1]), slot, i, nearest, owner)
            continue
        nearest[i, 0] = nearest[i, 1] = np.inf
        owner[i, 0] = owner[i, 1] = -1
        for c in range(len(centers)):
            _note(squared_distance(X[i], centers[c], nearest[i, 1]), c, i, nearest, owner)


@njit(cache=True, nogil=True)
def swap_costs(X, row, centers, nearest, owner, power):  # type: ignore[no-untyped-def]
    """Work out by how much the cost changes when a row takes the place of each center.

    Args:
        X: (n, d) float32 or float64.
        row: The row.
        centers: (k, d) rows like X.
        nearest: (n, 2) float64 squared distances to the two nearest centers, inf for none.
        owner: (n, 2) int64 these centers.
        power: 1 or 2; the cost is the sum of distance ** power to the nearest center.

    Returns:
        (k,) float64. Memory: 16 bytes a center.
    """
    change = np.zeros(len(centers))
    apart = np.empty(len(centers))
    for c in range(len(centers)):
        apart[c] = np.sqrt(squared_distance(X[row], centers[c], np.inf)) * _SHY
    saved = 0.0
    for i in range(len(X)):
        first, second, c = nearest[i, 0], nearest[i, 1], owner[i, 0]
        gap = second
        # Triangle inequality: a row this far from the center of i cannot be second to it.
        if apart[c] - np.sqrt(first) < np.sqrt(second):
            gap = squared_distance(X[i], X[row], second)
        before = cost_of(first, power)
        if gap < first:
            saved += before - cost_of(gap, power)
        else:
            change[c] += cost_of(min(gap, second), power) - before
    return change - saved
