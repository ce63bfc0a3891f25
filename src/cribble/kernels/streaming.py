"""Facility location towards few targets: affinities of rows that pass by, and what they add.

Each number depends on its own row alone, to the last bit: not on the rows that pass with it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cribble.kernels.greedy import affinity

_LANES = {"reassoc", "contract", "nsz", "nnan"}


@njit(cache=True, nogil=True)
def positive_affinities(points, offsets, scale, targets):  # type: ignore[no-untyped-def]
    """Compute the affinity of every row to every target, 0 where it is negative.

    Args:
        points: (m, d) float32 rows.
        offsets: (m,) float64.
        scale: 1 or 2.
        targets: (r, d) float32.

    Returns:
        (m, r) float32. Memory: no more than that.
    """
    out = np.empty((len(points), len(targets)), dtype=np.float32)
    for j in range(len(points)):
        for i in range(len(targets)):
            value = affinity(targets[i], points[j], scale, offsets[j])
            out[j, i] = max(value, np.float32(0.0))
    return out


@njit(cache=True, nogil=True, fastmath=_LANES)
def _rise(near, cover):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(near)):
        total += np.float64(max(near[i] - cover[i], np.float32(0.0)))
    return total


@njit(cache=True, nogil=True)
def cover_gains(near, cover):  # type: ignore[no-untyped-def]
    """Sum by how much each row is nearer to the targets than what covers them.

    Args:
        near: (m, r) float32 affinities, 0 or more.
        cover: (r,) float32 best affinity so far.

    Returns:
        (m,) float64. Memory: no more than that.
    """
    out = np.empty(len(near))
    for j in range(len(near)):
        out[j] = _rise(near[j], cover)
    return out
