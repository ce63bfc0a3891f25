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
def _gain(row, sums, held, caps, weights, shape):  # type: ignore[no-untyped-def]
    if shape == _CAP:
        return _capped_gain(row, sums, held, caps, weights)
    if shape == _SQRT:
        return _root_gain(row, sums, held, weights)
    total = 0.0
    for f in range(len(row)):
        if row[f] > 0:
            total += weights[f] * (shape_of(shape, sums[f] + row[f], caps[f]) - held[f])
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
        out[p] = _gain(features[rows[p]], sums, held, caps, weights, shape)
    return out


@njit(cache=True, nogil=True)
def _slope_of(shape, x, cap):  # type: ignore[no-untyped-def]
    """Slope of a shape; 0 where it is endless, at the root of 0."""
    if shape == _SQRT:
        return 0.5 / np.sqrt(x) if x > 0 else 0.0
    if shape == _LOG:
        return 1.0 / (1.0 + x)
    if shape == _RATIO:
        return 1.0 / (1.0 + x) ** 2
    if shape == _CAP:
        return 1.0 if x < cap else 0.0
    if shape == _SATURATION:
        return np.exp(-x)
    return POWER * (x + OFFSET) ** (POWER - 1.0)


@njit(cache=True, nogil=True)
def tangent(sums, held, caps, weights, shape, means):  # type: ignore[no-untyped-def]
    """Bound all gains by the plane that touches them at one row: a shape lies below its tangents.

    The row is ``means``, (F,) float64, 0 only for features that no row has; the rest is as in
    `dense_gains`.

    Returns:
        (F,) float64 slopes, and a number: the gain of a row is at most the product with the
        slopes, plus the number, rounding included.
    """
    slopes, base, size = np.empty(len(sums)), 0.0, 0.0
    for f in range(len(sums)):
        x = sums[f] + means[f]
        slopes[f] = weights[f] * _slope_of(shape, x, caps[f])
        there = weights[f] * shape_of(shape, x, caps[f])
        base += there - weights[f] * held[f] - slopes[f] * means[f]
        size += there
    return slopes, base + 1e-12 * size


@njit(cache=True, nogil=True, fastmath=_LANES)
def _product(row, slopes):  # type: ignore[no-untyped-def]
    total = 0.0
    for f in range(len(row)):
        total += row[f] * slopes[f]
    return total


@njit(cache=True, nogil=True)
def leading_gains(  # type: ignore[no-untyped-def]
    features, sums, held, caps, weights, shape, rows, slopes, base, divisor, bar
):
    """Sum the gains of the rows that the bounds of `tangent` do not rule out.

    Rows whose gain over ``divisor``, (m,) float64, is below ``bar`` do not matter; the bar rises
    to the largest found. The rest is as in `dense_gains`.

    Returns:
        (m,) float64 gains; bounds of them for rows that are ruled out.
    """
    out = np.empty(len(rows))
    for p in range(len(rows)):
        row = features[rows[p]]
        out[p] = base + _product(row, slopes)
        # Strictly below: a bound must not tie with a gain.
        if not out[p] < bar * divisor[p] * (1.0 - 1e-12):
            out[p] = _gain(row, sums, held, caps, weights, shape)
            bar = max(bar, out[p] / divisor[p])
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
