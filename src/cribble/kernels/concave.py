"""Marginal gains of concave functions over sums of features: sum_f w_f * shape(x_f).

Every sum runs in float64 over the features in ascending order, split into lanes in one way fixed
at compile time, so that the gain of a row does not depend on the rows beside it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

SHAPES = ("sqrt", "log", "ratio", "cap", "saturation", "power")
_SQRT, _LOG, _RATIO, _CAP, _SATURATION = range(5)
_LANES = {"reassoc", "contract", "nsz"}
# The offset of the power keeps its slope at 0 finite; it decides how much a first touch counts.
POWER, OFFSET = 0.8, 1e-6


@njit(cache=True, nogil=True)
def shape_of(shape, x, cap):  # type: ignore[no-untyped-def]
    """Bend one sum, float64; ``shape`` is a position in `SHAPES`, ``cap`` serves "cap" alone."""
    if shape == _SQRT:
        return np.sqrt(x)
    if shape == _LOG:
        return np.log1p(x)
    if shape == _RATIO:
        return x / (1.0 + x)
    if shape == _CAP:
        return min(x, cap)
    if shape == _SATURATION:
        return -np.expm1(-x)
    return (x + OFFSET) ** POWER - OFFSET**POWER


@njit(cache=True, nogil=True, fastmath=_LANES)
def _capped_gain(row, sums, held, caps, weights):  # type: ignore[no-untyped-def]
    total = 0.0
    for f in range(len(row)):
        total += weights[f] * (min(sums[f] + row[f], caps[f]) - held[f])
    return total


@njit(cache=True, nogil=True, fastmath=_LANES)
def _root_gain(row, sums, held, weights):  # type: ignore[no-untyped-def]
    total = 0.0
    for f in range(len(row)):
        total += weights[f] * (np.sqrt(sums[f] + row[f]) - held[f])
    return total


@njit(cache=True, nogil=True)
def dense_gains(features, sums, held, caps, weights, shape, rows):  # type: ignore[no-untyped-def]
    """Sum the gains of some rows.

    Args:
        features: (n, F) float32 or float64, 0 or more.
        sums: (F,) float64 sums of the picked rows.
        held: (F,) float64, the sums bent by the shape.
        caps: (F,) float64, where each feature is full; read by "cap" alone.
        weights: (F,) float64, 0 or more.
        shape: Position in `SHAPES`.
        rows: (m,) int64.

    Returns:
        (m,) float64. Memory: no more than that.
    """
    out = np.empty(len(rows))
    for p in range(len(rows)):
        row = features[rows[p]]
        if shape == _CAP:
            out[p] = _capped_gain(row, sums, held, caps, weights)
        elif shape == _SQRT:
            out[p] = _root_gain(row, sums, held, weights)
        else:
            total = 0.0
            for f in range(len(row)):
                if row[f] > 0:
                    total += weights[f] * (shape_of(shape, sums[f] + row[f], caps[f]) - held[f])
            out[p] = total
    return out


@njit(cache=True, nogil=True)
def listed_gains(start, columns, values, sums, held, caps, weights, shape, rows):  # type: ignore[no-untyped-def]
    """Sum the gains of some rows given as lists of features; the rest is as in `dense_gains`.

    Row j has the features ``columns[start[j]:start[j + 1]]``, ascending, with ``values``.
    """
    out = np.empty(len(rows))
    for p in range(len(rows)):
        total = 0.0
        for at in range(start[rows[p]], start[rows[p] + 1]):
            f = columns[at]
            x = sums[f] + values[at]
            total += weights[f] * (shape_of(shape, x, caps[f]) - held[f])
        out[p] = total
    return out


@njit(cache=True, nogil=True)
def bend(sums, caps, shape):  # type: ignore[no-untyped-def]
    """Bend every sum, (F,) float64."""
    out = np.empty(len(sums))
    for f in range(len(sums)):
        out[f] = shape_of(shape, sums[f], caps[f])
    return out


@njit(cache=True, nogil=True)
def column_sums(features):  # type: ignore[no-untyped-def]
    """Sum every column in float64, in the order of rows, (F,)."""
    out = np.zeros(features.shape[1])
    for i in range(len(features)):
        row = features[i]
        for f in range(len(out)):
            out[f] += row[f]
    return out
