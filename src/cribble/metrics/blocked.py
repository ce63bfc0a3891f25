"""Distances in blocks of fixed size, with sums in float64: what the other metrics stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import row_uniforms
from cribble.kernels.scratch import TAKEN_BYTES, blocks_of, scratch

# One block of dot products is 1,024 x 4,096 float32: 16 MiB, whatever the pool.
_ROWS, _POINTS = 1_024, 4_096


def sample_rows(size: int, most: int | None, seed: int, name: str) -> NDArray[np.int64]:
    """Draw at most ``most`` of ``size`` rows without replacement, ascending.

    Args:
        size: Number of rows to draw from.
        most: Number of rows wanted; None for all of them.
        seed: The seed of the run.
        name: The step that draws; a sample is a function of (seed, name, size) alone.

    Returns:
        (m,) int64 with m = min(size, most).
    """
    if most is None or size <= most:
        return np.arange(size, dtype=np.int64)
    keys = row_uniforms(seed, name, 0, size)
    return np.sort(np.argpartition(keys, most)[:most]).astype(np.int64)


def unit_rows(vectors: NDArray[Any]) -> NDArray[Any]:
    """Scale every row to length 1; a row of zeros stays as it is."""
    vectors = np.asarray(vectors)
    out = scratch(vectors.shape, working(vectors[:0]).dtype, TAKEN_BYTES)
    for part in blocks_of(vectors):
        rows = working(vectors[part])
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))[:, None]
        np.divide(rows, np.where(lengths > 0, lengths, 1), out=out[part], casting="same_kind")
    return out


def nearest(
    queries: NDArray[Any],
    points: NDArray[Any],
    own: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find the nearest point of every query; Euclidean, ties to the first point.

    The search runs on blocked dot products in the precision of the data; the distance that is
    returned is computed again from the two rows in float64, without cancellation.

    Args:
        queries: (m, d) rows.
        points: (k, d) rows, k >= 1.
        own: (m,) int64, for each query the point that must not be found (itself), or -1.

    Returns:
        (m,) float64 distances, inf where no point is left, and (m,) int64 positions in
        ``points``.
    """
    count, best = len(queries), np.full(len(queries), np.inf)
    found = np.full(count, -1, dtype=np.int64)
    center = queries.mean(axis=0, dtype=np.float64) if count else np.zeros(queries.shape[1])
    for lo, hi, right in _blocks(points, center, _POINTS):
        # |a - b|^2 = |a|^2 + 2 (|b|^2 / 2 - a.b): the bracket ranks, and is one GEMM.
        half = np.einsum("ij,ij->i", right, right)[:, None] / 2
        right = np.hstack([-right, half])
        for start, stop, left in _blocks(queries, center, _ROWS):
            scores = np.hstack([left, np.ones((len(left), 1), left.dtype)]) @ right.T
            if own is not None:
                mine = own[start:stop]
                inside = np.nonzero((mine >= lo) & (mine < hi))[0]
                scores[inside, mine[inside] - lo] = np.inf
            at = scores.argmin(axis=1)
            value = scores[np.arange(len(at)), at]
            better = np.nonzero(value < best[start:stop])[0]
            best[start + better] = value[better]
            found[start + better] = lo + at[better]
    distances = np.full(count, np.inf)
    for start in range(0, count, _ROWS):
        rows = start + np.nonzero(found[start : start + _ROWS] >= 0)[0]
        gap = queries[rows].astype(np.float64) - points[found[rows]].astype(np.float64)
        distances[rows] = np.sqrt(np.einsum("ij,ij->i", gap, gap))
    return distances, found


def mean_distances(left: NDArray[Any], right: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Average the Euclidean distance from every row of ``left`` to the rows of ``right``.

    Args:
        left: (m, d) rows.
        right: (k, d) rows, k >= 1; None for the other rows of ``left`` itself.

    Returns:
        (m,) float64. Memory beside the inputs: one block of 16 MiB (32 MiB for float64 data).
    """
    sums = _pair_sums(left, right, lambda squares: np.sqrt(squares, out=squares), None)
    return sums / max(1, len(left if right is None else right) - (right is None))


def mean_nearness(
    left: NDArray[Any],
    right: NDArray[Any] | None = None,
    *,
    width: float,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Average the Gaussian kernel exp(-|x - y|^2 / (2 width^2)) from every row to others.

    Args:
        left: (m, d) rows.
        right: (k, d) rows, k >= 1; None for the other rows of ``left`` itself.
        width: Standard deviation of the kernel, above 0.
        weights: (k,) float64 of the rows averaged over; None for equal ones.

    Returns:
        (m,) float64. Memory as for `mean_distances`.
    """

    def turn(squares: NDArray[Any]) -> NDArray[Any]:
        squares /= -2 * width**2
        near: NDArray[Any] = np.exp(squares, out=squares)
        return near

    others = left if right is None else right
    share = np.ones(len(others)) if weights is None else weights
    sums = _pair_sums(left, right, turn, share)
    # A row is nearest to itself, at 1.
    own = share if right is None else np.zeros(len(left))
    found: NDArray[np.float64] = (sums - own) / np.maximum(share.sum() - own, 1e-300)
    return found


def decay_sums(
    points: NDArray[Any], scale: float, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Sum exp(-scale * distance) from every row to all rows, itself included at 1.

    Args:
        points: (m, d) rows.
        scale: Above 0, in inverse units of the distance.
        weights: (m,) float64, what each row of the sum counts; None for 1.

    Returns:
        (m,) float64. Memory as for `mean_distances`.
    """

    def turn(squares: NDArray[Any]) -> NDArray[Any]:
        gaps = np.sqrt(squares, out=squares)
        gaps *= -scale
        near: NDArray[Any] = np.exp(gaps, out=gaps)
        return near

    return _pair_sums(points, None, turn, weights)


def _pair_sums(
    left: NDArray[Any],
    right: NDArray[Any] | None,
    turn: Callable[[NDArray[Any]], NDArray[Any]],
    weights: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Sum what ``turn`` makes of the squared distances from every row to the others."""
    others = left if right is None else right
    sums = np.zeros(len(left))
    center = others.mean(axis=0, dtype=np.float64)
    for lo, hi, b in _blocks(others, center, _POINTS):
        b_squares = np.einsum("ij,ij->i", b, b)
        for start, stop, a in _blocks(left, center, _ROWS):
            squares = a @ b.T
            squares *= -2
            squares += np.einsum("ij,ij->i", a, a)[:, None]
            squares += b_squares
            np.maximum(squares, 0, out=squares)
            if right is None:
                mine = np.arange(max(start, lo), min(stop, hi))
                squares[mine - start, mine - lo] = 0
            values = turn(squares)
            if weights is None:
                sums[start:stop] += values.sum(axis=1, dtype=np.float64)
            else:
                sums[start:stop] += values @ weights[lo:hi]
    return sums


def working(vectors: NDArray[Any]) -> NDArray[Any]:
    """Take rows to float32 where that holds them, else to float64; no copy where they are so."""
    vectors = np.asarray(vectors)
    return vectors.astype(
        np.float32 if vectors.dtype in (np.float16, np.float32) else np.float64, copy=False
    )


def _blocks(
    vectors: NDArray[Any], center: NDArray[np.float64], step: int
) -> Iterator[tuple[int, int, NDArray[Any]]]:
    # Centered rows keep the squared lengths small, and with them the cancellation.
    for start in range(0, len(vectors), step):
        block = working(vectors[start : start + step])
        yield start, start + len(block), block - center.astype(block.dtype)
