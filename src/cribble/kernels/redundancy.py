"""How near each row lies to any row before it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.assignment import float_rows
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


def cell_redundancy(
    X: NDArray[Any], codes: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Measure how much each row repeats a better row of its cell.

    Time O(d) a pair of rows of a cell at most; memory 24 bytes a row, and the rows of a cell.

    Args:
        X: (n, d) finite floats.
        codes: (n,) int64 cell of each row.
        order: (m,) int64 rows to measure, better rows first.

    Returns:
        cosine: (n,) float64 largest cosine to a better row of the cell; -1 for the best row of a
            cell, and for rows that are not in ``order``.
        repeats: (n,) int64 that better row; the row itself where there is none.
    """
    cosine = np.full(len(X), -1.0)
    repeats = np.arange(len(X))
    order = order[np.argsort(codes[order], kind="stable")]
    bounds = np.nonzero(np.diff(codes[order], prepend=-1, append=-1))[0]
    for start, stop in itertools.pairwise(bounds.tolist()):
        rows = order[start:stop]
        squares, nearest = nearest_earlier(float_rows(X[rows], True))
        # Between rows of length 1, |x - y|^2 = 2 - 2 cos.
        cosine[rows[1:]] = 1 - squares[1:] / 2
        repeats[rows[1:]] = rows[nearest[1:]]
    return cosine, repeats
