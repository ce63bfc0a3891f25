"""The nearest row of each group to each center."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.distances import squared_distance
from cribble.kernels.threads import in_threads

# A little below the true distance, so that rounding cannot prune wrongly.
_SHY = 1.0 - 1e-6


@njit(cache=True, nogil=True)
def _search(X, centers, c, members, start, farthest, squared, codes, eligible, within, found, row):  # type: ignore[no-untyped-def]
    cap = np.sqrt(within)
    for near in range(len(centers)):
        apart = np.sqrt(squared_distance(centers[c], centers[near], np.inf)) * _SHY
        # Triangle inequality: no row around that center is near enough to this one.
        if apart - farthest[near] >= cap:
            continue
        for p in range(start[near], start[near + 1]):
            i = members[p]
            if not eligible[i] or apart - np.sqrt(squared[i]) >= cap:
                continue
            best = found[codes[i]]
            gap = squared_distance(X[i], centers[c], np.nextafter(best, np.inf))
            if gap < best or (gap == best and row[codes[i]] >= 0 and i < row[codes[i]]):
                found[codes[i]] = gap
                row[codes[i]] = i


def nearest_in_groups(
    X: NDArray[Any],
    centers: NDArray[Any],
    squared: NDArray[np.float64],
    owner: NDArray[np.int64],
    codes: NDArray[np.int64],
    groups: int,
    eligible: NDArray[np.bool_],
    within: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find the eligible row of each group nearest to each center, if it is near enough.

    Args:
        X: (n, d) float32 or float64.
        centers: (k, d) rows like X.
        squared: (n,) float64 squared distance of each row to its nearest center.
        owner: (n,) int64 that center.
        codes: (n,) int64 group of each row.
        groups: Number of groups, C.
        eligible: (n,) bool, rows to look among.
        within: (k,) float64 squared distance that a row must be nearer than, for each center.

    Returns:
        gaps: (k, C) float64 squared distances, inf where no row is near enough.
        rows: (k, C) int64, the lowest among equals, -1 for none. Memory: 8 bytes a row, 16 k C.
    """
    members = np.argsort(owner, kind="stable")
    start = np.searchsorted(owner[members], np.arange(len(centers) + 1))
    farthest = np.zeros(len(centers))
    np.maximum.at(farthest, owner, np.sqrt(squared))
    gaps = np.repeat(within[:, None], groups, axis=1)
    rows = np.full((len(centers), groups), -1, dtype=np.int64)

    def search(c: int) -> None:
        around = (members, start, farthest, squared)
        _search(X, centers, c, *around, codes, eligible, within[c], gaps[c], rows[c])

    deque(in_threads(search, range(len(centers))), maxlen=0)
    gaps[rows < 0] = np.inf
    return gaps, rows
