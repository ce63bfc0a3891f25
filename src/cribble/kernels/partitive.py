"""Partitions that a Gaussian mixture and fresh starts confirm, and the rows they part clearly."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.kmeans import Clusters, k_means

_RUNS, _STARTS, _STEPS, _DIMENSIONS = 4, 4, 5, 32
_ROWS_A_CLUSTER = 20
_CLOSE = 0.005
_FLOOR = 1e-6


class Partition(NamedTuple):
    """Clusters whose number was not given.

    Args:
        codes: (n,) int64 cluster of each row by k-means.
        sure: (n,) float64 largest responsibility of a component for the row; rows above 0.99 are
            the separable part.
        agreement: Adjusted Rand index of k-means and mixture.
        stability: Mean of that index over pairs of runs.
    """

    codes: NDArray[np.int64]
    sure: NDArray[np.float64]
    agreement: float
    stability: float


def partition(x: NDArray[np.float32], *, seed: int) -> Partition:
    """Part rows into as many clusters as hold: the most on which k-means and a mixture agree.

    K-means runs four times, each the best of four starts, so that a poor start does not pass for
    instability; a mixture of diagonal Gaussians begins at the best and takes five steps. Taken is
    the number of largest product of the agreement of both and the stability over runs; of products
    within 0.005 of it, the largest number, since clusters of clusters hold as well. Tried are 2 to
    12 and then numbers that grow by the root of 2, as long as a cluster has 20 rows. Rows with more
    than 32 columns are seen in 32 leading directions.

    O(n k 32) a round of k-means; holds n x k numbers.

    Args:
        x: (n, d) finite float32.
        seed: Decides the starts.

    Source:
        After Probabilistic Partitive Partitioning, arXiv:2003.04372; how k is chosen, and its
        limits, are our own reading.
    """
    none = Partition(np.zeros(len(x), dtype=np.int64), np.ones(len(x)), 1.0, 1.0)
    if len(x) < 2 or not np.ptp(x, axis=0).any():
        return none
    points, found = _leading(x), list[Partition]()
    for k in _grid(len(points) // _ROWS_A_CLUSTER):
        runs = [_best_start(points, k, seed + _STARTS * run) for run in range(_RUNS)]
        best = min(runs, key=lambda one: one.inertia)
        pairs = combinations([one.assignment for one in runs], 2)
        stability = float(np.mean([adjusted_rand(*pair) for pair in pairs]))
        shares = _mixture(points.astype(np.float64), best.assignment, k)
        agreement = adjusted_rand(best.assignment, shares.argmax(axis=1))
        found.append(Partition(best.assignment, shares.max(axis=1), agreement, stability))
    best_product = max((one.agreement * one.stability for one in found), default=1.0)
    close = [one for one in found if one.agreement * one.stability >= best_product - _CLOSE]
    return close[-1] if close else none


def adjusted_rand(codes: NDArray[np.integer], others: NDArray[np.integer]) -> float:
    """How far two partitions agree: 1 if they are the same, 0 in the mean of random ones.

    Source:
        Hubert and Arabie (1985), doi:10.1007/BF01908075.
    """
    width = int(others.max()) + 1
    cells = np.bincount(codes.astype(np.int64) * width + others).astype(np.float64)

    def pairs(counts: NDArray[Any]) -> float:
        return float((counts * (counts - 1.0)).sum() / 2)

    left, right = pairs(np.bincount(codes)), pairs(np.bincount(others))
    chance = left * right / max(1.0, pairs(np.array([len(codes)])))
    most = (left + right) / 2
    return 1.0 if most == chance else (pairs(cells) - chance) / (most - chance)


def _best_start(x: NDArray[np.float32], k: int, seed: int) -> Clusters:
    tries = (k_means(x, k, seed=seed + i) for i in range(_STARTS))
    return min(tries, key=lambda one: one.inertia)


def _grid(most: int) -> list[int]:
    powers = np.round(2.0 ** (np.arange(8, 64) / 2))
    return [int(k) for k in (*range(2, 13), *powers) if k <= most]


def _leading(x: NDArray[np.float32]) -> NDArray[np.float32]:
    if x.shape[1] <= _DIMENSIONS:
        return x
    wide = x - x.mean(axis=0, dtype=np.float64)
    axes = np.linalg.eigh(wide.T @ wide)[1][:, -_DIMENSIONS:]
    leading: NDArray[np.float32] = (wide @ axes).astype(np.float32)
    return leading


def _mixture(x: NDArray[np.float64], codes: NDArray[np.integer], k: int) -> NDArray[np.float64]:
    """Responsibilities of a mixture that starts at a partition, (n, k)."""
    squares, floor = x**2, _FLOOR * x.var(axis=0).sum()
    shares: NDArray[np.float64] = np.eye(k)[codes]
    for _ in range(_STEPS):
        sizes = shares.sum(axis=0) + 1e-12
        means = shares.T @ x / sizes[:, None]
        spreads = np.maximum(shares.T @ squares / sizes[:, None] - means**2, 0) + floor
        far = squares @ (1 / spreads).T - 2 * (x @ (means / spreads).T)
        heights = np.log(sizes) - ((means**2 / spreads) + np.log(spreads)).sum(axis=1) / 2
        logs = heights - far / 2
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
    return shares
