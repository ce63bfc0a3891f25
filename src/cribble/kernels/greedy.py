"""Marginal gains of facility location: how much better a row would stand for the others.

The affinity of target i to candidate j is scale * <x_i, y_j> + offset_j, summed in float64 in one
fixed order and rounded to float32. ``cover`` holds the best affinity of each target so far. Gains
are summed in float64 over the targets in ascending order, so that a list which leaves out targets
that gain nothing gives the same sum to the last bit. Float32 matrix products only ever decide
which pairs are worth that effort.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

TILE = 512
_LANES = {"reassoc", "contract", "nsz"}


class Lists(NamedTuple):
    """The targets that each candidate may improve, as compressed columns.

    Args:
        start: (n + 1,) int64; column j is ``start[j]:start[j + 1]``.
        rows: (p,) int32 targets, ascending within a column.
        values: (p,) float32 affinities, or upper bounds of them.
    """

    start: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]


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
def listed_gains(start, rows, values, cover, candidates):  # type: ignore[no-untyped-def]
    """Sum the gains of some candidates over their lists, (c,) float64."""
    out = np.empty(len(candidates))
    for c in range(len(candidates)):
        total = 0.0
        for p in range(start[candidates[c]], start[candidates[c] + 1]):
            value, held = values[p], cover[rows[p]]
            if value > held:
                total += np.float64(value) - np.float64(held)
        out[c] = total
    return out


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
def listed_gains_in_doubt(X, Y, scale, offsets, start, rows, values, cover, candidates):  # type: ignore[no-untyped-def]
    """Sum the gains of some candidates over their lists of upper bounds, (c,) float64."""
    out = np.empty(len(candidates))
    for c in range(len(candidates)):
        j = candidates[c]
        total = 0.0
        for p in range(start[j], start[j + 1]):
            i = rows[p]
            if values[p] > cover[i]:
                value = affinity(X[i], Y[j], scale, offsets[j])
                if value > cover[i]:
                    total += np.float64(value) - np.float64(cover[i])
        out[c] = total
    return out


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
        Memory: one tile of 512 x 512 float32, 8 bytes a candidate.
    """
    same = X is Y
    short = offsets.astype(np.float32)
    factor = np.float32(scale)
    sums = np.zeros(len(Y))
    for a in range(0, len(X), TILE):
        rows = slice(a, min(a + TILE, len(X)))
        for b in range(a if same else 0, len(Y), TILE):
            cols = slice(b, min(b + TILE, len(Y)))
            products = X[rows] @ Y[cols].T
            part = np.zeros(products.shape[1], dtype=np.float32)
            _tile_sums(products, factor, short[cols], cover[rows], part)
            sums[cols] += part
            if same and b > a:
                part = np.zeros(products.shape[0], dtype=np.float32)
                _tile_sums_mirrored(products, factor, short[rows], cover[cols], part)
                sums[rows] += part
    return _with_slack(sums, X, lengths, Y, scale)


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


@njit(cache=True, nogil=True, fastmath=_LANES)
def _emit(  # type: ignore[no-untyped-def]
    products,
    scale,
    base,
    slope,
    factors,
    shifts,
    first_down,
    first_across,
    down,
    across,
    excess,
    count,
):
    """Note the pairs of a tile whose affinity may exceed the cover.

    The excess of pair (i, j) is scale * products_ij + base_j + slope_j * factors_i + shifts_i.
    Flags are set for a whole line first, since compilers turn that loop into vector code, and
    then read eight at a time.
    """
    flags = np.zeros(TILE, dtype=np.uint8)
    words = flags.view(np.uint64)
    width = products.shape[1]
    for i in range(products.shape[0]):
        line, factor, shift = products[i], factors[i], shifts[i]
        for j in range(width):
            flags[j] = np.uint8(scale * line[j] + (base[j] + slope[j] * factor) + shift > 0.0)
        for word in range((width + 7) >> 3):
            if words[word] == 0:
                continue
            for j in range(8 * word, min(8 * word + 8, width)):
                down[count] = first_down + i
                across[count] = first_across + j
                excess[count] = scale * line[j] + (base[j] + slope[j] * factor) + shift
                count += flags[j]
    return count


@njit(cache=True, nogil=True)
def _sort_in(cols, rows, excess, cover, fill, out_rows, out_values):  # type: ignore[no-untyped-def]
    for p in range(len(cols)):
        at = fill[cols[p]]
        fill[cols[p]] = at + 1
        out_rows[at] = rows[p]
        out_values[at] = cover[rows[p]] + excess[p]


@njit(cache=True, nogil=True)
def _count_in(cols, sizes):  # type: ignore[no-untyped-def]
    for p in range(len(cols)):
        sizes[cols[p] + 1] += 1


def alive_lists(
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    cover: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
) -> Lists:
    """List every pair that may still gain, with an upper bound of its affinity.

    Arguments as in `gain_bounds`. Memory: about 12 bytes a listed pair, and one stripe of 512
    rows by n candidates of which only the listed part is touched.
    """
    same = X is Y
    short = offsets.astype(np.float32)
    factor = np.float32(scale)
    norms = np.sqrt(np.einsum("ij,ij->i", Y, Y, dtype=np.float64))
    slack = (doubt(X.shape[1], scale) * norms).astype(np.float32)
    room = TILE * (len(Y) + TILE) * (2 if same else 1) + 1
    cols, rows = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    excess = np.empty(room, dtype=np.float32)
    found: list[tuple[NDArray[Any], ...]] = []
    sizes = np.zeros(len(Y) + 1, dtype=np.int64)
    for a in range(0, len(X), TILE):
        r = slice(a, min(a + TILE, len(X)))
        count = 0
        for b in range(a if same else 0, len(Y), TILE):
            c = slice(b, min(b + TILE, len(Y)))
            products = X[r] @ Y[c].T
            args = (short[c], slack[c], lengths[r], -cover[r], a, b, rows, cols, excess, count)
            count = _emit(products, factor, *args)
            if same and b > a:
                args = (-cover[c], lengths[c], slack[r], short[r], a, b, cols, rows, excess, count)
                count = _emit(products, factor, *args)
        found.append((cols[:count].copy(), rows[:count].copy(), excess[:count].copy()))
        _count_in(found[-1][0], sizes)
    start = np.cumsum(sizes)
    targets = np.empty(start[-1], dtype=np.int32)
    values = np.empty(start[-1], dtype=np.float32)
    fill = start[:-1].copy()
    found.reverse()
    while found:
        _sort_in(*found.pop(), cover, fill, targets, values)
    return Lists(start, targets, values)


@njit(cache=True, nogil=True)
def listed_affinities(X, Y, scale, offsets, start, rows):  # type: ignore[no-untyped-def]
    """Compute the affinity of every listed pair, (p,) float32."""
    values = np.empty(len(rows), dtype=np.float32)
    for j in range(len(Y)):
        for p in range(start[j], start[j + 1]):
            values[p] = affinity(X[rows[p]], Y[j], scale, offsets[j])
    return values
