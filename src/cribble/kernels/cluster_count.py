"""How many clusters there are: a number that is given, or one that the rows suggest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import stream
from cribble.core.errors import ParameterError
from cribble.kernels.assignment import float_rows
from cribble.kernels.distances import mean_row, squared_distance
from cribble.kernels.kmeans import k_means
from cribble.kernels.multicut import multicut
from cribble.kernels.partitive import partition

RULES = ("auto", "multicut", "mixture")
_ROWS, _ROWS_A_CLUSTER, _STARTS = 10_000, 20, 3
_CUT_ROWS, _OFFSET = 2_000, 0.5
_MIXED_ROWS = 4_000


def check_clusters(clusters: int | str | None) -> None:
    """Refuse what is neither a number from 1, nor one of `RULES`, nor None.

    Raises:
        ParameterError: It is none of these.
    """
    known = clusters in RULES if isinstance(clusters, str) else clusters is None or clusters >= 1
    if not known:
        raise ParameterError("clusters", clusters, f"1 or more, or one of {RULES}")


def count_clusters(
    x: NDArray[Any], clusters: int | str | None, otherwise: int, *, seed: int, spherical: bool
) -> int:
    """Number of clusters that a method was asked for.

    Args:
        x: (n, d) finite floats.
        clusters: The number itself; "auto" for the one of best silhouette; "multicut" for as many
            as a multicut parts a sample of 2,000 rows into, where pairs attract whose cosine,
            seen from the mean, is above 1/2; "mixture" for as many of a sample of 4,000 rows as
            a mixture of Gaussians and fresh starts confirm; None for ``otherwise``.
        otherwise: What None stands for.
        seed: Decides the samples.
        spherical: Whether rows are scaled to length 1 first.
    """
    if clusters == "auto":
        return best_silhouette(x, seed=seed, spherical=spherical)
    if clusters == "multicut":
        return _cut_clusters(float_rows(x[_sample(len(x), _CUT_ROWS, seed)], spherical))
    if clusters == "mixture":
        rows = float_rows(x[_sample(len(x), _MIXED_ROWS, seed)], spherical)
        return int(partition(rows, seed=seed).codes.max(initial=0)) + 1
    return otherwise if clusters is None else int(clusters)


def best_silhouette(x: NDArray[Any], *, seed: int, spherical: bool = False) -> int:
    """Number of clusters in whose k-means fresh rows sit best.

    K-means, the best of three, learns from half of a sample of 10,000 rows, and the other half is
    judged: the mean of 1 - a / b, for the distances a and b to the nearest center and the second
    (the simplified silhouette). Tried are 2, 3, 4, 6, 8, 11, ..., growing by the root of 2, as long
    as a cluster has 20 rows of the half. The smallest wins among equals; too few rows, or identical
    ones, are one cluster.

    O(m d k) a round of k-means, m = 5,000 rows, k up to 250.

    Args:
        x: (n, d) finite floats.
        seed: Decides the sample and the starts.
        spherical: Whether rows are scaled to length 1 first.

    Source:
        Rousseeuw (1987), doi:10.1016/0377-0427(87)90125-7; simplified: Vendramin, Campello and
        Hruschka (2010), doi:10.1002/sam.10080.
    """
    rows = float_rows(x[_sample(len(x), _ROWS, seed)], spherical)
    mixed = stream(seed, "silhouette halves").permutation(len(rows))
    learn, judge = rows[np.sort(mixed[::2])], rows[np.sort(mixed[1::2])]
    best, found = 0.0, 1
    for k in _grid(len(learn) // _ROWS_A_CLUSTER):
        tries = (k_means(learn, k, seed=seed + i, spherical=spherical) for i in range(_STARTS))
        centers = min(tries, key=lambda one: one.inertia).centers
        score = float(silhouettes(judge, centers).mean())
        if score > best:
            best, found = score, k
    return found


def _cut_clusters(rows: NDArray[np.float32]) -> int:
    """Clusters of a multicut on the directions from the mean; rows at the mean have none."""
    gaps = rows - mean_row(rows)
    lengths = np.linalg.norm(gaps, axis=1, keepdims=True)
    away = lengths[:, 0] > 1e-6 * np.linalg.norm(rows, axis=1).max(initial=0.0)
    found = multicut(gaps[away] / lengths[away], _OFFSET)
    return int(found.codes.max(initial=0)) + 1


def _sample(n: int, size: int, seed: int) -> NDArray[np.int64]:
    if n <= size:
        return np.arange(n)
    return np.sort(stream(seed, "cluster count").choice(n, size, replace=False))


def _grid(most: int) -> list[int]:
    """2, 3, 4, 6, 8, 11, ... up to ``most``."""
    powers = np.round(2.0 ** (np.arange(2, 64) / 2))
    return [int(k) for k in powers if k <= most]


@njit(cache=True, nogil=True)
def silhouettes(x, centers):  # type: ignore[no-untyped-def]
    """One less the ratio of each row's distances to its nearest center and the second.

    Args:
        x: (m, d) float32.
        centers: (k, d) float32, k at least 2.

    Returns:
        (m,) float64, in [0, 1]; 0 where both distances are 0.
    """
    out = np.zeros(len(x))
    for i in range(len(x)):
        first, second = np.inf, np.inf
        for c in range(len(centers)):
            square = squared_distance(x[i], centers[c], second)
            second = min(second, max(square, first))
            first = min(first, square)
        if second > 0:
            out[i] = 1.0 - np.sqrt(first / second)
    return out
