"""Few weighted rows with exactly the moments of many: Caratheodory's theorem, made to compute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.distances import BLOCK
from cribble.kernels.threads import limited_threads

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def recombine(gather: Callable[[Rows], Floats], rows: Rows, count: int) -> tuple[Rows, Floats]:
    """Move the weight of many rows to few, such that the weighted sums of features stay the same.

    Rows are joined into twice as many heaps as there are sums to keep, half of the heaps are
    emptied, and so on with the rest; at the end single rows are emptied. O(m q + q^3 log m) for q
    features; holds a block of rows, and no more than 4 (q + count) of them.

    Args:
        gather: From rows to their features, (c, q) float64, of mean about 0 and spread about 1.
        rows: (m,) int64, each of weight 1; their order decides which are joined.
        count: How many stay, more than q, at most m.

    Returns:
        rows: (count,) int64.
        weights: (count,) float64, 0 or more, that sum to m.

    Source:
        Tchernychova (2015), Caratheodory cubature measures, Oxford; Maalouf, Jubran and Feldman
        (2019), arXiv:1906.04705.
    """
    # One thread of BLAS: the last bits decide between rows that are alike.
    with limited_threads(1):
        sums = _sums(gather, rows, np.ones(len(rows)))
        weights, need = np.ones(len(rows)), len(sums)
        while len(rows) > 4 * need and len(rows) // (2 * need) * need >= count:
            heaps = np.array_split(np.arange(len(rows)), 2 * need)
            heavy = np.stack([_sums(gather, rows[heap], weights[heap]) for heap in heaps])
            mass = np.maximum(heavy[:, 0], 1e-300)
            kept, moved = _empty(heavy / mass[:, None], heavy[:, 0].copy(), need)
            weights = np.concatenate([weights[heaps[h]] * moved[h] / mass[h] for h in kept])
            rows = rows[np.concatenate([heaps[h] for h in kept])]
        while len(rows) > count:
            some = min(len(rows), 2 * need)
            drop = min(len(rows) - count, some - need)
            kept, moved = _empty(_with_one(gather(rows[:some])), weights[:some].copy(), drop)
            rows = np.concatenate([rows[some:], rows[kept]])
            weights = np.concatenate([weights[some:], moved[kept]])
        # Takes back what rounding has shifted.
        points = _with_one(gather(rows))
        weights += np.linalg.lstsq(points.T, sums - points.T @ weights, rcond=None)[0]
        return rows, np.maximum(weights, 0.0)


def _with_one(features: Floats) -> Floats:
    return np.concatenate([np.ones((len(features), 1)), features], axis=1)


def _sums(gather: Callable[[Rows], Floats], rows: Rows, weights: Floats) -> Floats:
    total: Floats = np.zeros(_with_one(gather(rows[:0])).shape[1])
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        total += weights[block] @ _with_one(gather(rows[block]))
    return total


def _empty(points: Floats, weights: Floats, drop: int) -> tuple[Rows, Floats]:
    """Move weight along the null space of ``points`` until ``drop`` of them have none.

    Args:
        points: (c, q) float64, the first column ones.
        weights: (c,) float64, 0 or more; changed.
        drop: At most c - q.

    Returns:
        kept: (c - drop,) int64 places, ascending.
        weights: (c,) float64.
    """
    null = np.linalg.svd(points.T, full_matrices=True)[2][points.shape[1] :].T.copy()
    alive = np.ones(len(points), dtype=bool)
    for step in range(drop):
        # Sums to 0, as the first column is ones: both signs occur.
        way = null[:, step].copy()
        falling = alive & (way > 1e-9 * np.abs(way).max())
        reach = np.full(len(way), np.inf)
        reach[falling] = weights[falling] / way[falling]
        first = int(reach.argmin())
        weights -= reach[first] * way
        weights[first] = 0.0
        alive[first] = False
        np.maximum(weights, 0.0, out=weights)
        null -= np.outer(way, null[first] / way[first])
        null[first] = 0.0
    return np.nonzero(alive)[0], weights
