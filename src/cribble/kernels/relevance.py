"""How alike rows are to a few queries: every product in float64, in one fixed order.

A product depends on its two rows alone, not on the block or the thread that works it out, so that
picks may hang on it. Products below 0 count as 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.threads import in_threads

BLOCK = 1024
_LANES = {"reassoc", "contract", "nsz"}


class Relevance(NamedTuple):
    """What rows are to all queries together.

    Args:
        largest: (n,) float64, the largest product with any query.
        total: (n,) float64, the sum of the products over the queries, in their order.
    """

    largest: NDArray[np.float64]
    total: NDArray[np.float64]


@njit(cache=True, nogil=True, fastmath=_LANES)
def _clipped(x, y):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(x)):
        total += np.float64(x[k]) * np.float64(y[k])
    return max(np.float32(total), np.float32(0.0))


@njit(cache=True, nogil=True)
def clipped_products(X, rows, Y):  # type: ignore[no-untyped-def]
    """Multiply some rows with every query.

    Args:
        X: (n, d) float32 rows.
        rows: (m,) int64.
        Y: (q, d) float32 queries.

    Returns:
        (m, q) float32, 0 or more. Memory: no more than that.
    """
    out = np.empty((len(rows), len(Y)), dtype=np.float32)
    for p in range(len(rows)):
        for j in range(len(Y)):
            out[p, j] = _clipped(X[rows[p]], Y[j])
    return out


@njit(cache=True, nogil=True)
def _relevance(X, Y, largest, total):  # type: ignore[no-untyped-def]
    for i in range(len(X)):
        for j in range(len(Y)):
            value = np.float64(_clipped(X[i], Y[j]))
            largest[i] = max(largest[i], value)
            total[i] += value


def relevance(X: NDArray[Any], Y: NDArray[Any]) -> Relevance:
    """Sum up how alike each row is to the queries, in O(n q d).

    Args:
        X: (n, d) float32 rows.
        Y: (q, d) float32 queries.

    Returns:
        The largest product of each row and the sum of its products. Memory: 16 bytes a row.
    """
    largest, total = np.zeros(len(X)), np.zeros(len(X))

    def block(low: int) -> None:
        part = slice(low, low + BLOCK)
        _relevance(X[part], Y, largest[part], total[part])

    for _ in in_threads(block, range(0, len(X), BLOCK)):
        pass
    return Relevance(largest, total)
