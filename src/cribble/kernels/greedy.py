"""Marginal gains of facility location: how much better a row would stand for the others.

The affinity of target i to candidate j is scale * <x_i, y_j> + offset_j, summed in float64 in one
fixed order and rounded to float32. ``cover`` holds the best affinity of each target so far. Gains
are summed in float64 over the targets in ascending order, so that a list which leaves out targets
that gain nothing gives the same sum to the last bit. Float32 matrix products only ever decide
which pairs are worth that effort.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.threads import in_threads

TILE = 512
_LANES = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=_LANES)
def _dot(x, y):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(x)):
        total += np.float64(x[k]) * np.float64(y[k])
    return total


@njit(cache=True, nogil=True)
def affinity(x, y, scale, offset):  # type: ignore[no-untyped-def]
    """Compute one affinity, float32."""
    return np.float32(scale * _dot(x, y) + offset)


@njit(cache=True, nogil=True)
def center_rows(X, center, points, offsets):  # type: ignore[no-untyped-def]
    """Subtract a center, (d,) float64, from (m, d) rows; offsets are minus the squared lengths."""
    for i in range(len(X)):
        for k in range(len(center)):
            points[i, k] = np.float32(X[i, k] - center[k])
        offsets[i] = -_dot(points[i], points[i])


@njit(cache=True, nogil=True)
def unit_rows(X, points):  # type: ignore[no-untyped-def]
    """Scale (m, d) rows to length 1; zero rows stay."""
    for i in range(len(X)):
        squares = _dot(X[i], X[i])
        length = np.sqrt(squares) if squares > 0.0 else 1.0
        for k in range(X.shape[1]):
            points[i, k] = np.float32(X[i, k] / length)


@njit(cache=True, nogil=True)
def raise_cover(cover, owner, rows, values, pick):  # type: ignore[no-untyped-def]
    """Let a pick cover targets; returns its gain. Ties stay with the earlier pick.

    Args:
        cover: (m,) float32, updated.
        owner: (m,) int64 pick that covers each target, updated.
        rows: (p,) int32 targets, ascending.
        values: (p,) float32 their affinities.
        pick: Number of the pick.
    """
    total = 0.0
    for p in range(len(rows)):
        i = rows[p]
        if values[p] > cover[i]:
            total += np.float64(values[p]) - np.float64(cover[i])
            cover[i] = values[p]
            owner[i] = pick
    return total


@njit(cache=True, nogil=True)
def raise_cover_in_doubt(X, y, scale, offset, cover, owner, rows, values, pick):  # type: ignore[no-untyped-def]
    """Let a pick cover targets, given upper bounds of its affinities; see `raise_cover`."""
    total = 0.0
    for p in range(len(rows)):
        i = rows[p]
        if values[p] > cover[i]:
            value = affinity(X[i], y, scale, offset)
            if value > cover[i]:
                total += np.float64(value) - np.float64(cover[i])
                cover[i] = value
                owner[i] = pick
    return total


@njit(cache=True, nogil=True)
def _raise_by_products(X, Y, products, scale, offsets, slack, first, cover, owner):  # type: ignore[no-untyped-def]
    """Let picks cover targets, measuring those alone that products leave in doubt."""
    for i in range(len(X)):
        length = np.float32(np.sqrt(_dot(X[i], X[i])))
        least = cover[i]
        for c in range(len(Y)):
            least = max(least, scale * products[i, c] + offsets[c] - slack[c] * length)
        for c in range(len(Y)):
            if scale * products[i, c] + offsets[c] + slack[c] * length < least:
                continue
            value = affinity(X[i], Y[c], scale, offsets[c])
            if value > cover[i]:
                cover[i] = value
                owner[i] = first + c


def best_candidates(
    X: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
) -> NDArray[np.int64]:
    """Find the candidate of largest affinity for each target.

    Args:
        X: (m, d) float32 targets.
        Y: (c, d) float32 candidates.
        offsets: (c,) float64 their offsets.
        scale: 1 or 2.

    Returns:
        (m,) int64, the lowest among equals; -1 where no affinity is above 0. Memory: 12 bytes a
        target, and a block of 1,024 targets by 2,048 candidates a thread.
    """
    owner = np.full(len(X), -1, dtype=np.int64)
    cover = np.zeros(len(X), dtype=np.float32)
    slack = doubt(X.shape[1], scale) * np.sqrt(np.einsum("ij,ij->i", Y, Y, dtype=np.float64))

    def block(low: int) -> None:
        rows = slice(low, low + 2 * TILE)
        for first in range(0, len(Y), 4 * TILE):
            some = slice(first, first + 4 * TILE)
            products = X[rows] @ Y[some].T
            args = (X[rows], Y[some], products, scale, offsets[some], slack[some], first)
            _raise_by_products(*args, cover[rows], owner[rows])

    deque(in_threads(block, range(0, len(X), 2 * TILE)), maxlen=0)
    return owner


@njit(cache=True, nogil=True)
def _gains_in_doubt(X, lengths, cover, Y, products, scale, offsets, slack, out):  # type: ignore[no-untyped-def]
    for c in range(len(Y)):
        total = out[c]
        margin = np.float32(slack[c])
        offset = np.float32(offsets[c])
        for i in range(len(X)):
            near = scale * products[c, i] + offset + margin * lengths[i]
            if near > cover[i]:
                value = affinity(X[i], Y[c], scale, offsets[c])
                if value > cover[i]:
                    total += np.float64(value) - np.float64(cover[i])
        out[c] = total


def doubt(dim: int, scale: float) -> float:
    """Bound the error of a float32 affinity, relative to the product of the two lengths.

    Covers any order of summing, the rounding of the products, the offset and the result.
    """
    return scale * (dim + 16) * 2.0**-23


def dense_gains(
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    cover: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
) -> NDArray[np.float64]:
    """Sum the gains of some candidates over all targets.

    Args:
        X: (m, d) float32 targets.
        lengths: (m,) float32 lengths of the targets.
        cover: (m,) float32 best affinity so far.
        Y: (c, d) float32 candidates.
        offsets: (c,) float64 their offsets.
        scale: 1 or 2.

    Returns:
        (c,) float64. Memory: 4 bytes times c times 16,384 targets.
    """
    out = np.zeros(len(Y))
    norms = np.sqrt(np.einsum("ij,ij->i", Y, Y, dtype=np.float64))
    slack = doubt(X.shape[1], scale) * norms
    for low in range(0, len(X), 32 * TILE):
        part = slice(low, low + 32 * TILE)
        products = Y @ X[part].T
        args = (X[part], lengths[part], cover[part], Y, products, np.float32(scale))
        _gains_in_doubt(*args, offsets, slack, out)
    return out


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz", "nnan"})
def _tile_sums(products, scale, offsets, cover, out):  # type: ignore[no-untyped-def]
    for i in range(len(products)):
        row, held = products[i], cover[i]
        for j in range(len(row)):
            out[j] += max(scale * row[j] + (offsets[j] - held), np.float32(0.0))


@njit(cache=True, nogil=True, fastmath={"reassoc", "contract", "nsz", "nnan"})
def _tile_sums_mirrored(products, scale, offsets, cover, out):  # type: ignore[no-untyped-def]
    for i in range(len(products)):
        row, offset = products[i], offsets[i]
        total = np.float32(0.0)
        for j in range(len(row)):
            total += max(scale * row[j] + (offset - cover[j]), np.float32(0.0))
        out[i] += total


def gain_bounds(
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    cover: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
) -> NDArray[np.float64]:
    """Bound the gain of every candidate in one pass over all pairs, never held at once.

    Where candidates and targets are the same array, each product serves both of its pairs.

    Args:
        X: (m, d) float32 targets.
        lengths: (m,) float32 lengths of the targets.
        cover: (m,) float32 best affinity so far.
        Y: (n, d) float32 candidates.
        offsets: (n,) float64 their offsets.
        scale: 1 or 2.

    Returns:
        (n,) float64, at least the exact gains, by a relative 1e-3 or less on centered data.
        Memory: a tile of 512 x 512 float32 a thread, 8 bytes a candidate and stripe.
    """
    same = X is Y
    short = offsets.astype(np.float32)
    factor = np.float32(scale)

    def stripe(a: int) -> NDArray[np.float64]:
        rows = slice(a, min(a + TILE, len(X)))
        room = np.empty(TILE * TILE, dtype=np.float32)
        part = np.zeros(len(Y))
        for b in range(a if same else 0, len(Y), TILE):
            cols = slice(b, min(b + TILE, len(Y)))
            products = tile(X[rows], Y[cols], room)
            across = np.zeros(products.shape[1], dtype=np.float32)
            _tile_sums(products, factor, short[cols], cover[rows], across)
            part[cols] += across
            if same and b > a:
                down = np.zeros(products.shape[0], dtype=np.float32)
                _tile_sums_mirrored(products, factor, short[rows], cover[cols], down)
                part[rows] += down
        return part

    sums = np.zeros(len(Y))
    for part in in_threads(stripe, range(0, len(X), TILE)):
        sums += part
    return _with_slack(sums, X, lengths, Y, scale)


def tile(
    X: NDArray[np.float32], Y: NDArray[np.float32], room: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Multiply a tile into ``room``, where fresh memory would cost as much as the products."""
    out = room[: len(X) * len(Y)].reshape(len(X), len(Y))
    result: NDArray[np.float32] = np.matmul(X, Y.T, out=out)
    return result


def dense_bounds(
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    cover: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
) -> NDArray[np.float64]:
    """Bound the gains of some candidates; as `gain_bounds`, for few candidates.

    Returns:
        (c,) float64. Memory: 4 bytes times c times 512 targets.
    """
    out = np.zeros(len(Y))
    short = offsets.astype(np.float32)
    for low in range(0, len(X), TILE):
        part = np.zeros(len(Y), dtype=np.float32)
        products = Y @ X[low : low + TILE].T
        _tile_sums_mirrored(products, np.float32(scale), short, cover[low : low + TILE], part)
        out += part
    return _with_slack(out, X, lengths, Y, scale)


def _with_slack(
    sums: NDArray[np.float64],
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    Y: NDArray[np.float32],
    scale: float,
) -> NDArray[np.float64]:
    norms = np.sqrt(np.einsum("ij,ij->i", Y, Y, dtype=np.float64))
    slack = doubt(X.shape[1], scale) * norms * lengths.sum(dtype=np.float64)
    # The float32 sum within a tile, in any order, and the rounding of each affinity.
    total: NDArray[np.float64] = sums * (1.0 + 2 * TILE * 2.0**-24) + slack
    return total
