"""All similarities of a small pool at once."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Whole tiles, padded with zeros: how a thread count splits them cannot reach a ragged edge,
# where matrix products round differently.
TILE = 512


@njit(cache=True, nogil=True)
def _place(tile, low, left, out):  # type: ignore[no-untyped-def]
    """Write a tile and its mirror image, clipped at 0; on the diagonal only its upper half."""
    down, across = min(len(tile), len(out) - low), min(len(tile), len(out) - left)
    for i in range(down):
        first = i if low == left else 0
        for j in range(first, across):
            value = max(tile[i, j], np.float32(0.0))
            tile[i, j] = value
            out[low + i, left + j] = value
    # By columns of the tile, so that the mirror image is written along its rows.
    for j in range(across):
        last = min(j, down) if low == left else down
        for i in range(last):
            out[left + j, low + i] = tile[i, j]


def positive_products(X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply every row with every row, products below 0 set to 0.

    Args:
        X: (n, d) float32 rows; of unit length, the products are cosines.

    Returns:
        (n, n) float32, symmetric to the last bit. Memory: that, and one copy of the rows.
    """
    size, dim = X.shape
    whole = np.zeros((-(-size // TILE) * TILE, dim), dtype=np.float32)
    whole[:size] = X
    out = np.empty((size, size), dtype=np.float32)
    tile = np.empty((TILE, TILE), dtype=np.float32)
    for low in range(0, size, TILE):
        for left in range(low, size, TILE):
            np.matmul(whole[low : low + TILE], whole[left : left + TILE].T, out=tile)
            _place(tile, low, left, out)
    return out
