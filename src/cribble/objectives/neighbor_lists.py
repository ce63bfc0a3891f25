"""Near rows of a pool and how similar they are, by any similarity: what listed objectives take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists
from cribble.kernels.near_lists import SET_MEASURES, near_lists, over_sets
from cribble.kernels.neighbors import symmetric_lists
from cribble.objectives.facility_location import Affinity, ListedFacilityLocation
from cribble.objectives.nearness import pool_neighbors

AFFINITIES = ("phantom", "cosine")
"""Those that are products of vectors, so that all pairs can be compared without listing any."""
_DISTANCES = ("rbf", "euclidean", "angle")
_NGRAMS = tuple(f"ngram-{measure}" for measure in SET_MEASURES)
SIMILARITIES = (*AFFINITIES, *_DISTANCES, *SET_MEASURES, *_NGRAMS)

UserSimilarity = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
"""From (m, d) and (k, d) rows to (m, k) similarities, 0 or more and symmetric."""

_EXACT_ROWS = 65_536
_PAIRS = 1 << 18
_ORDERS, _BUCKETS = 2, 1 << 18


def check_similarity(similarity: str | UserSimilarity) -> None:
    """Refuse an unknown similarity.

    Raises:
        ParameterError: It is no function, and none of `SIMILARITIES`.
    """
    if not callable(similarity) and similarity not in SIMILARITIES:
        raise ParameterError("similarity", similarity, " or ".join(SIMILARITIES))


def search_name(size: int, similarity: str | UserSimilarity, probes: int) -> str:
    """Name how near rows are searched for: "exact", or in how many clusters."""
    by_vectors = similarity in (*AFFINITIES, *_DISTANCES)
    return f"{probes} clusters" if by_vectors and size > _EXACT_ROWS else "exact"


def near_rows(
    pool: Pool, signal: str, similarity: str, neighbors: int, probes: int, seed: int
) -> tuple[Affinity, NDArray[np.int32]]:
    """Find the near rows of each row, or fetch them from the pool's cache.

    Args:
        pool: The pool.
        signal: Name of a signal, (n, d) float.
        similarity: One of `AFFINITIES`.
        neighbors: Near rows a row.
        probes: Clusters searched for them where the pool has more than 65,536 rows.
        seed: Seed of the clusters.

    Returns:
        The affinity, and (n, min(neighbors, n - 1)) int32 rows.
    """
    affinity = Affinity.of(pool.signal(signal, ndim=2), similarity, memory=pool.memory // 8)
    count = min(neighbors, len(pool) - 1)
    searched = None if len(pool) <= _EXACT_ROWS else probes
    return affinity, pool_neighbors(pool, signal, affinity, similarity, count, searched, seed)


def neighbor_lists(
    pool: Pool,
    signal: str,
    similarity: str | UserSimilarity,
    neighbors: int,
    probes: int = 32,
    seed: int = 0,
) -> Lists:
    """List near rows and their similarities.

    - "phantom" and "cosine": see `Affinity`.
    - "rbf": exp(-d^2 / (2 w^2)); "euclidean": 1 / (1 + d / w). The bandwidth w is the median
      distance d of listed pairs that are apart.
    - "angle": 1 less the angle over pi.
    - "jaccard", "coincidence", "overlap": of the sets of columns in which rows are not 0; with
      "ngram-" before, of the sets of hashed words and pairs of words of the text.
    - A function: its values.

    All but the first five compare every row with every row, in O(n^2).

    Args:
        pool: The pool.
        signal: Name of a signal, (n, d) float; not used by "ngram-".
        similarity: One of `SIMILARITIES`, or a function.
        neighbors: Near rows a row.
        probes: Clusters searched for them where the pool has more than 65,536 rows.
        seed: Seed of the clusters.

    Returns:
        For each row itself, its near rows and those whose near row it is. Values of "phantom"
        and "cosine" may be negative.

    Raises:
        SignalError: The signal or the text is missing or malformed.
        ParameterError: A function's value is negative, or not finite.
    """
    if callable(similarity):
        X, user = pool.signal(signal, ndim=2), similarity
        return near_lists(len(pool), neighbors, lambda rows: user(X[rows], X))
    if similarity in SET_MEASURES:
        return near_lists(len(pool), neighbors, _columns(pool.signal(signal, ndim=2), similarity))
    if similarity in _NGRAMS:
        measure = similarity.removeprefix("ngram-")
        return near_lists(len(pool), neighbors, over_sets(*_ngrams(pool), measure))
    base = similarity if similarity in AFFINITIES else "phantom"
    affinity, near = near_rows(
        pool, signal, "cosine" if similarity == "angle" else base, neighbors, probes, seed
    )
    if similarity in AFFINITIES:
        return ListedFacilityLocation.of_graph(affinity, near, pool.memory // 8).lists
    start, rows = symmetric_lists(near, pool.memory // 8)
    return Lists(start, rows, _from_distances(affinity.points, start, rows, similarity))


def _columns(X: NDArray[Any], measure: str) -> Any:
    row, members = np.nonzero(X)
    starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(X)))])
    return over_sets(starts.astype(np.int64), members, measure)


def _ngrams(pool: Pool) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    from cribble.kernels.ngrams import row_ngrams

    sizes, members = [np.zeros(1, dtype=np.int64)], [np.empty(0, dtype=np.int32)]
    for block in pool.text_blocks():
        starts, found, _ = row_ngrams(block, _ORDERS, _BUCKETS)
        sizes.append(np.diff(starts))
        members.append(found)
    return np.cumsum(np.concatenate(sizes)), np.concatenate(members)


def _from_distances(
    points: NDArray[np.float32], start: NDArray[np.int64], rows: NDArray[np.int32], similarity: str
) -> NDArray[np.float32]:
    owners = np.repeat(np.arange(len(start) - 1), np.diff(start))
    gaps = np.empty(len(rows))
    for low in range(0, len(rows), _PAIRS):
        part = slice(low, low + _PAIRS)
        left, right = (points[side[part]].astype(np.float64) for side in (owners, rows))
        if similarity == "angle":
            # Half the angle between unit vectors, without the cancellation of a cosine near 1.
            apart = np.linalg.norm(left - right, axis=1)
            gaps[part] = 2 * np.arctan2(apart, np.linalg.norm(left + right, axis=1))
        else:
            gaps[part] = np.linalg.norm(left - right, axis=1)
    if similarity == "angle":
        return (1 - gaps / np.pi).astype(np.float32)
    apart = gaps[gaps > 0]
    width = float(np.median(apart)) if len(apart) else 1.0
    found = np.exp(-((gaps / width) ** 2) / 2) if similarity == "rbf" else 1 / (1 + gaps / width)
    return found.astype(np.float32)
