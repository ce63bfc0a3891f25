"""Marginal gains of concave functions over sums of features: sum_f w_f * shape(x_f).

Every sum runs in float64 over the features in ascending order, split into lanes in one way fixed
at compile time, so that the gain of a row does not depend on the rows beside it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cribble.kernels.tournament import leading_row, next_stale, settle

SHAPES = ("sqrt", "log", "ratio", "cap", "saturation", "power")
_SQRT, _LOG, _RATIO, _CAP, _SATURATION = range(5)
_LANES = {"reassoc", "contract", "nsz"}
# The offset of the power keeps its slope at 0 finite; it decides how much a first touch counts.
POWER, OFFSET = 0.8, 1e-6
# Rows taken out of a tournament at a time.
_AT_ONCE = 1024


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
def _listed_gain(columns, values, sums, held, caps, weights, shape):  # type: ignore[no-untyped-def]
    total = 0.0
    for at in range(len(columns)):
        f = columns[at]
        x = sums[f] + values[at]
        total += weights[f] * (shape_of(shape, x, caps[f]) - held[f])
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
def listed_gains(start, columns, values, sums, held, caps, weights, shape, rows):  # type: ignore[no-untyped-def]
    """Sum the gains of some rows given as lists of features; the rest is as in `dense_gains`.

    Row j has the features ``columns[start[j]:start[j + 1]]``, ascending, with ``values``.
    """
    out = np.empty(len(rows))
    for p in range(len(rows)):
        part = slice(start[rows[p]], start[rows[p] + 1])
        out[p] = _listed_gain(columns[part], values[part], sums, held, caps, weights, shape)
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


@njit(cache=True, nogil=True)
def plane_bounds(features, sums, held, caps, weights, shape, means):  # type: ignore[no-untyped-def]
    """Bound the gain of every row by the plane of `tangent`, (n,) float64."""
    slopes, base = tangent(sums, held, caps, weights, shape, means)
    out = np.empty(len(features))
    for i in range(len(features)):
        out[i] = base + _product(features[i], slopes)
    return out


@njit(cache=True, nogil=True)
def add_dense(row, sums, held, caps, weights, shape):  # type: ignore[no-untyped-def]
    """Add a row, (F,), to the sums, and bend them anew; returns its gain."""
    gain = _gain(row, sums, held, caps, weights, shape)
    for f in range(len(row)):
        sums[f] += row[f]
        held[f] = shape_of(shape, sums[f], caps[f])
    return gain


@njit(cache=True, nogil=True)
def add_listed(columns, values, sums, held, caps, weights, shape):  # type: ignore[no-untyped-def]
    """Do what `add_dense` does, for a row given as a list of features."""
    gain = _listed_gain(columns, values, sums, held, caps, weights, shape)
    for at in range(len(columns)):
        f = columns[at]
        sums[f] += values[at]
        held[f] = shape_of(shape, sums[f], caps[f])
    return gain


@njit(cache=True, nogil=True)
def lead_dense(  # type: ignore[no-untyped-def]
    features, sums, held, caps, weights, shape, means, entries, stamp
):
    """Settle the leading rows of a tournament, until one leads that is settled.

    A row that the plane of `tangent` at ``means`` rules out is settled at that bound: below the
    key of another one, it does not lead. Without means, (0,), every row is evaluated. ``entries``
    are what `Tournament.entries` returns, and ``stamp`` marks settled rows; the rest is as in
    `dense_gains`.

    Returns:
        The row that leads, -1 where none is left, and how many were settled. Memory: 8 KB.
    """
    keys, first, divisor = entries[0], entries[1], entries[4]
    slopes, base = sums, 0.0
    if len(means):
        slopes, base = tangent(sums, held, caps, weights, shape, means)
    rows = np.empty(_AT_ONCE, dtype=np.int64)
    total, bar = 0, -np.inf
    while True:
        count = next_stale(entries, stamp, bar, rows)
        if not count:
            return leading_row(entries), total
        for i in rows[:count]:
            # The bar has risen since.
            if keys[first + i] < bar:
                continue
            row, gain = features[i], np.inf
            if len(means):
                gain = base + _product(row, slopes)
            # Strictly below: a bound must not tie with a gain.
            if not gain < bar * divisor[i] * (1.0 - 1e-12):
                gain = _gain(row, sums, held, caps, weights, shape)
            bar = max(bar, settle(entries, i, stamp, gain))
            total += 1


@njit(cache=True, nogil=True)
def lead_listed(  # type: ignore[no-untyped-def]
    start, columns, values, sums, held, caps, weights, shape, entries, stamp
):
    """Do what `lead_dense` does, for rows given as lists of features, all of them evaluated."""
    keys, first, rows = entries[0], entries[1], np.empty(_AT_ONCE, dtype=np.int64)
    total, bar = 0, -np.inf
    while True:
        count = next_stale(entries, stamp, bar, rows)
        if not count:
            return leading_row(entries), total
        for i in rows[:count]:
            if keys[first + i] < bar:
                continue
            part = slice(start[i], start[i + 1])
            gain = _listed_gain(columns[part], values[part], sums, held, caps, weights, shape)
            bar = max(bar, settle(entries, i, stamp, gain))
            total += 1
