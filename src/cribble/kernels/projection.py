"""Products of rows with few vectors, each brought up to date only when its row is asked for.

Products are float64 sums in one fixed order, and corrections are applied in the order of picks:
a row that is asked late ends at the same bits as one that is asked at every step.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_LANES = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=_LANES)
def _dot(x, y):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(x)):
        total += np.float64(x[k]) * np.float64(y[k])
    return total


@njit(cache=True, nogil=True)
def row_products(X, rows, vector):  # type: ignore[no-untyped-def]
    """Multiply some rows by one vector.

    Args:
        X: (n, d) float32 or float64.
        rows: (m,) int64.
        vector: (d,) float64.

    Returns:
        (m,) float64. Memory: no more than that.
    """
    out = np.empty(len(rows))
    for p in range(len(rows)):
        out[p] = _dot(X[rows[p]], vector)
    return out


@njit(cache=True, nogil=True)
def square_norms(X):  # type: ignore[no-untyped-def]
    """Square the length of every row, (n,) float64."""
    out = np.empty(len(X))
    for i in range(len(X)):
        out[i] = _dot(X[i], X[i])
    return out


@njit(cache=True, nogil=True)
def deflate(X, basis, count, left, seen, rows):  # type: ignore[no-untyped-def]
    """Take from some rows the squares of their products with the basis vectors they have not met.

    Args:
        X: (n, d) float32 or float64.
        basis: (c, d) float64, of which the first ``count`` are set.
        count: Number of basis vectors.
        left: (n,) float64, what is left of each row, never below 0; updated.
        seen: (n,) int64, basis vectors met; updated.
        rows: (m,) int64.
    """
    for row in rows:
        for t in range(seen[row], count):
            along = _dot(X[row], basis[t])
            left[row] = max(left[row] - along * along, 0.0)
        seen[row] = count


@njit(cache=True, nogil=True)
def relieve(X, taken, given, left):  # type: ignore[no-untyped-def]
    """Take the square of the product with one vector from every row, and give that of another.

    Args:
        X: (n, d) float32 or float64.
        taken: (d,) float64.
        given: (d,) float64.
        left: (n,) float64, what is left of each row, never below 0; updated.
    """
    for i in range(len(X)):
        less, more = _dot(X[i], taken), _dot(X[i], given)
        left[i] = max(left[i] + (more * more - less * less), 0.0)


@njit(cache=True, nogil=True)
def orthogonal_part(basis, count, vector):  # type: ignore[no-untyped-def]
    """Take from a vector its parts along the basis, (d,) float64, one after another."""
    out = vector.copy()
    for t in range(count):
        along = _dot(basis[t], vector)
        for k in range(len(out)):
            out[k] -= along * basis[t, k]
    return out


@njit(cache=True, nogil=True)
def raise_nearest(X, picks, count, nearest, seen, rows):  # type: ignore[no-untyped-def]
    """Raise the largest product of some rows with the picks that they have not met.

    Args:
        X: (n, d) float32 or float64.
        picks: (c,) int64 rows, of which the first ``count`` are set.
        count: Number of picks.
        nearest: (n,) float64 largest product so far; updated.
        seen: (n,) int64, picks met; updated.
        rows: (m,) int64.
    """
    for row in rows:
        for t in range(seen[row], count):
            nearest[row] = max(nearest[row], _dot(X[row], X[picks[t]]))
        seen[row] = count
