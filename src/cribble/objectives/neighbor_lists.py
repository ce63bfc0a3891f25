"""Near rows of a pool and how similar they are, by any similarity: what listed objectives take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.core.errors import ParameterError
from cribble.kernels.distances import mean_row, squared_distances
from cribble.kernels.lists import Lists
from cribble.kernels.near_graph import near_graph
from cribble.kernels.near_lists import SET_MEASURES, near_lists, over_sets
from cribble.kernels.neighbors import EXACT_ROWS, NearRows
from cribble.objectives.nearness import pool_neighbors

AFFINITIES = ("phantom", "cosine")
"""Those that are products of vectors, so that all pairs can be compared without listing any."""
_DISTANCES = ("rbf", "euclidean", "angle")
_NGRAMS = tuple(f"ngram-{measure}" for measure in SET_MEASURES)
SIMILARITIES = (*AFFINITIES, *_DISTANCES, *SET_MEASURES, *_NGRAMS)

UserSimilarity = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
"""From (m, d) and (k, d) rows to (m, k) similarities, 0 or more and symmetric."""

# So few rows are compared with one another all.
_ALL_PAIRS_ROWS = 2_048
_PAIRS = 1 << 18
_ORDERS, _BUCKETS = 2, 1 << 18


def check_similarity(similarity: str | UserSimilarity) -> None:
    """Refuse an unknown similarity.

    Raises:
        ParameterError: It is no function, and none of `SIMILARITIES`.
    """
    if not callable(similarity) and similarity not in SIMILARITIES:
        raise ParameterError("similarity", similarity, " or ".join(SIMILARITIES))


def check_search(neighbors: int, probes: int) -> None:
    """Refuse a search that finds nothing.

    Raises:
        ParameterError: One of the two is below 1.
    """
    for name, value in (("neighbors", neighbors), ("probes", probes)):
        if value < 1:
            raise ParameterError(name, value, "1 or more")


def search_name(size: int, similarity: str | UserSimilarity, probes: int) -> str:
    """Name how near rows are searched for: "exact", or in how many clusters."""
    by_vectors = similarity in (*AFFINITIES, *_DISTANCES)
    return f"{probes} clusters" if by_vectors and size > EXACT_ROWS else "exact"


def near_rows(
    pool: Pool, signal: str, similarity: str, neighbors: int, probes: int, seed: int
) -> NearRows:
    """Find the near rows of each row, or fetch them from the pool's cache.

    Args:
        pool: The pool.
        signal: Name of a signal, (n, d) float.
        similarity: One of `AFFINITIES`.
        neighbors: Near rows a row; no more than there are other rows are found.
        probes: Clusters searched for them, of about 512 rows, where the pool has more than 20,000.
        seed: Seed of the cells.
    """
    count = min(neighbors, len(pool) - 1)
    searched = None if len(pool) <= EXACT_ROWS else probes
    return pool_neighbors(pool, signal, similarity, count, searched, seed)


def cosine_lists(pool: Pool, signal: str, neighbors: int, probes: int, seed: int) -> Lists:
    """List near rows by cosine as `neighbor_lists` does; all rows, in a pool of up to 2,048."""
    count = len(pool) if len(pool) <= _ALL_PAIRS_ROWS else neighbors
    return neighbor_lists(pool, signal, "cosine", count, probes, seed)


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
        probes: Clusters searched for them, of about 512 rows, where the pool has more than 20,000.
        seed: Seed of the cells.

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
    near = near_rows(pool, signal, _searched_by(similarity), neighbors, probes, seed)
    return similarity_lists(pool, signal, near, similarity)


def similarity_lists(pool: Pool, signal: str, near: NearRows, similarity: str) -> Lists:
    """List near rows and how similar they are, by how far apart they are.

    Args:
        pool: The pool.
        signal: Name of a signal, (n, d) float.
        near: Its near rows, from `near_rows` by the similarity or, of one that is not in
            `AFFINITIES`, by what it follows from: "cosine" for "angle", "phantom" for the others.
        similarity: One that follows from distances.

    Returns:
        As `neighbor_lists`.
    """
    lists = near_graph(near, pool.memory // 8)
    X = pool.signal(signal, ndim=2)
    if similarity == "phantom":
        _from_mean(lists, squared_distances(X, mean_row(X)))
    elif _searched_by(similarity) == "cosine":
        squares = squared_distances(X, np.zeros(X.shape[1]))
        _from_chords(lists, squares > 0, similarity == "angle")
    else:
        _from_distances(lists, similarity)
    return lists


def _searched_by(similarity: str) -> str:
    return "cosine" if similarity in ("cosine", "angle") else "phantom"


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


def _from_mean(lists: Lists, squares: NDArray[np.float64]) -> None:
    for low in range(0, len(lists.rows), _PAIRS):
        part = slice(low, low + _PAIRS)
        lists.values[part] = squares[lists.rows[part]] - lists.values[part]


def _from_chords(lists: Lists, lies: NDArray[np.bool_], angle: bool) -> None:
    """From squared distances of rows of length 1, or of rows of zeros, which lie nowhere."""
    start, rows, values = lists
    step = max(1, _PAIRS * len(lies) // max(1, len(rows)))
    for low in range(0, len(lies), step):
        own = np.arange(low, min(low + step, len(lies)))
        part = slice(start[own[0]], start[own[-1] + 1])
        both = lies[rows[part]] & np.repeat(lies[own], np.diff(start[low : own[-1] + 2]))
        # A row that lies nowhere is at right angles to all.
        gaps = np.where(both, values[part].astype(np.float64), 2)
        # Half the angle, without the cancellation of a cosine near 1.
        half = np.arctan2(np.sqrt(gaps), np.sqrt(np.maximum(4 - gaps, 0))) if angle else gaps
        values[part] = 1 - 2 * half / np.pi if angle else 1 - gaps / 2


def _from_distances(lists: Lists, similarity: str) -> None:
    gaps = np.sqrt(lists.values, out=lists.values)
    apart = gaps[gaps > 0]
    width = float(np.median(apart)) if len(apart) else 1.0
    for low in range(0, len(gaps), _PAIRS):
        part = slice(low, low + _PAIRS)
        scaled = gaps[part].astype(np.float64) / width
        gaps[part] = np.exp(-(scaled**2) / 2) if similarity == "rbf" else 1 / (1 + scaled)
