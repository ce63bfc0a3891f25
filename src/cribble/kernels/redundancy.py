"""How near each row lies to any row before it."""

from __future__ import annotations

import numpy as np
from numba import njit

from cribble.kernels.distances import squared_distance


@njit(cache=True, nogil=True)
def nearest_earlier(rows):  # type: ignore[no-untyped-def]
    """Find the nearest of the earlier rows for each row, the first among equals.

    Decided in float64, so that it depends on the rows alone. Time O(m^2 d), less where rows have
    near neighbors; memory 16 bytes a row.

    Args:
        rows: (m, d) float32.

    Returns:
        squares: (m,) float64 squared distance to it; inf for the first row.
        nearest: (m,) int64 its position; -1 for the first row.
    """
    squares = np.full(len(rows), np.inf)
    nearest = np.full(len(rows), -1, dtype=np.int64)
    for i in range(1, len(rows)):
        for j in range(i):
            gap = squared_distance(rows[i], rows[j], squares[i])
            if gap < squares[i]:
                squares[i] = gap
                nearest[i] = j
    return squares, nearest
