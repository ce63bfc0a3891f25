"""All similarities of a small pool at once."""

from __future__ import annotations

import threading

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.threads import in_threads

# Whole tiles, padded with zeros: how a thread count splits them cannot reach a ragged edge,
# where matrix products round differently.
TILE = 512


# Entries across a patch that is mirrored at once.
_PATCH = 32


@njit(cache=True, nogil=True)
def _place(tile, low, left, out):  # type: ignore[no-untyped-def]
    """Write a tile and its mirror image, clipped at 0; on the diagonal only its upper half."""
    down, across = min(len(tile), len(out) - low), min(len(tile), len(out) - left)
    for i in range(down):
        source, target = tile[i], out[low + i]
        for j in range(i if low == left else 0, across):
            value = max(source[j], np.float32(0.0))
            source[j] = value
            target[left + j] = value
    for first in range(0, down, _PATCH):
        for j in range(first if low == left else 0, across):
            last = min(first + _PATCH, down, j if low == left else down)
            target = out[left + j]
            for i in range(first, last):
                target[low + i] = tile[i, j]


def positive_products(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply every row with every row, products below 0 set to 0.

    Args:
        X: (n, d) float32 rows; of unit length, the products are cosines.

    Returns:
        (n, n) float32, symmetric to the last bit. Memory: that, one copy of the rows,
        and 1 MB a thread.
    """
    size, dim = X.shape
    whole = np.zeros((-(-size // TILE) * TILE, dim), dtype=np.float32)
    whole[:size] = X
    out = np.empty((size, size), dtype=np.float32)
    local = threading.local()

    def stripe(low: int) -> None:
        if not hasattr(local, "tile"):
            local.tile = np.empty((TILE, TILE), dtype=np.float32)
        for left in range(low, size, TILE):
            np.matmul(whole[low : low + TILE], whole[left : left + TILE].T, out=local.tile)
            _place(local.tile, low, left, out)

    for _ in in_threads(stripe, range(0, size, TILE)):
        pass
    return out
