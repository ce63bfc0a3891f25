"""Rows within a radius of one another, counted and never listed."""

from __future__ import annotations

import numpy as np
from numba import njit

from cribble.kernels.distances import squared_distance


@njit(cache=True, nogil=True)
def nearest_stranger(x, label):  # type: ignore[no-untyped-def]
    """Squared distance of each row to the nearest row of another label, (m,) float64, or inf.

    O(m^2 d), less where strangers are near.

    Args:
        x: (m, d) float32.
        label: (m,) int64.
    """
    out = np.full(len(x), np.inf)
    for i in range(len(x)):
        for j in range(i):
            if label[i] != label[j]:
                gap = squared_distance(x[i], x[j], max(out[i], out[j]))
                out[i] = min(out[i], gap)
                out[j] = min(out[j], gap)
    return out


@njit(cache=True, nogil=True)
def ball_sizes(x, square):  # type: ignore[no-untyped-def]
    """How many rows lie nearer to each row than the radius, itself included, (m,) int64.

    O(m^2 d), less where rows are far apart.

    Args:
        x: (m, d) float32.
        square: Squared radius.
    """
    out = np.ones(len(x), dtype=np.int64)
    for i in range(len(x)):
        for j in range(i):
            if squared_distance(x[i], x[j], square) < square:
                out[i] += 1
                out[j] += 1
    return out


@njit(cache=True, nogil=True)
def cover_ball(x, center, square, covered, gains, reach):  # type: ignore[no-untyped-def]
    """Cover the ball of a center; rows that are covered leave the gains of all balls they lie in.

    O(m d) for each row that is newly covered.

    Args:
        x: (m, d) float32.
        center: The row whose ball is covered.
        square: Squared radius of the balls whose gains are kept.
        covered: (m,) bool; rows that are covered already. Changed.
        gains: (m,) int64, how many uncovered rows the ball of each row holds. Changed.
        reach: Squared radius of the ball that is covered.

    Returns:
        How many rows were newly covered.
    """
    count = 0
    for j in range(len(x)):
        if covered[j] or (j != center and squared_distance(x[center], x[j], reach) >= reach):
            continue
        covered[j] = True
        count += 1
        gains[j] -= 1
        for i in range(len(x)):
            if i != j and squared_distance(x[i], x[j], square) < square:
                gains[i] -= 1
    return count
