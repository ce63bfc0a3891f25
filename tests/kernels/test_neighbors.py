from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.assignment import nearest_centers
from cribble.kernels.neighbors import (
    Cells,
    cell_centers,
    clustered_neighbors,
    exact_neighbors,
    near_rows,
    symmetric_lists,
)
from cribble.kernels.reference import neighbors as twin


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 39))
def test_exact_neighbors_equal_their_twin(seed: int, n: int, count: int) -> None:
    count = min(count, n - 1)
    # On a grid products are exact, so that ties are ties, and go to the lower row.
    X = np.random.default_rng(seed).integers(-2, 3, (n, 2)).astype(np.float32)
    found = np.sort(exact_neighbors(X, count), axis=1)
    assert np.array_equal(found, np.sort(twin.exact_neighbors(X, count), axis=1))


def test_exact_neighbors_cross_blocks() -> None:
    X = np.random.default_rng(0).standard_normal((9000, 4)).astype(np.float32)
    found = exact_neighbors(X, 5)
    rows = np.array([0, 1500, 8999])
    squared = ((X[rows, None] - X[None]) ** 2).sum(axis=2)
    squared[np.arange(3), rows] = np.inf
    expected = np.sort(np.argsort(squared, axis=1)[:, :5], axis=1)
    assert np.array_equal(np.sort(found[rows], axis=1), expected)


def test_near_rows_are_all_others_where_more_are_asked_than_there_are() -> None:
    X = np.random.default_rng(1).standard_normal((5, 2))
    assert np.sort(near_rows(X, 9, 0), axis=1).tolist() == [
        [other for other in range(5) if other != row] for row in range(5)
    ]
    assert near_rows(X[:0], 3, 0).shape == (0, 0)


def test_clusters_find_all_neighbors_if_all_are_searched() -> None:
    X = np.random.default_rng(3).standard_normal((400, 3)).astype(np.float32)
    found = clustered_neighbors(X, 6, probes=1000, seed=0)
    assert np.array_equal(np.sort(found, axis=1), np.sort(exact_neighbors(X, 6), axis=1))


@pytest.mark.parametrize("rows", [1, 50, 1000])
def test_cells_searched_in_parts_find_what_they_find_at_once(rows: int) -> None:
    X = np.random.default_rng(3).standard_normal((400, 3)).astype(np.float32)
    centers = cell_centers(X, 0)
    cells = Cells.of(X, centers, nearest_centers(X, centers)[0], 3)
    cuts = cells.cuts(rows)
    assert (cuts[0], cuts[-1]) == (0, 400)
    assert set(cuts) <= set(cells.start)
    assert len(cuts) == 1 + {1: len(set(cells.start)) - 1, 50: 8, 1000: 1}[rows]
    parts = [cells.search(X, 6, low, high) for low, high in pairwise(cuts.tolist())]
    found = cells.by_row(np.concatenate(parts))
    assert np.array_equal(found, clustered_neighbors(X, 6, probes=3, seed=0))


def test_exact_neighbors_of_some_rows_are_those_of_all() -> None:
    X = np.random.default_rng(0).standard_normal((2500, 4)).astype(np.float32)
    parts = [exact_neighbors(X, 5, low, high) for low, high in ((0, 1024), (1024, None))]
    assert np.array_equal(np.concatenate(parts), exact_neighbors(X, 5))


def test_only_listed_rows_are_found_and_all_of_the_nearest_if_all_clusters_are_searched() -> None:
    X = np.random.default_rng(3).standard_normal((400, 3)).astype(np.float32)
    listed = np.arange(0, 400, 3)
    found = clustered_neighbors(X, 6, probes=1000, seed=0, listed=listed)
    squared = ((X[:, None] - X[None, listed]) ** 2).sum(axis=2)
    squared[np.arange(400)[:, None] == listed] = np.inf
    expected = np.sort(listed[np.argsort(squared, axis=1)[:, :6]], axis=1)
    assert np.array_equal(np.sort(found, axis=1), expected)


def test_few_probes_find_most_neighbors_and_mark_what_is_missing() -> None:
    X = np.random.default_rng(3).standard_normal((2000, 3)).astype(np.float32)
    exact = exact_neighbors(X, 8)
    found = clustered_neighbors(X, 8, probes=10, seed=1)
    shared = sum(len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True))
    assert shared / exact.size > 0.9
    lonely = clustered_neighbors(X, 300, probes=1, seed=1)
    assert (lonely == len(X)).any()
    assert not (lonely == np.arange(len(X))[:, None]).any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(0, 5))
def test_lists_are_symmetric_sorted_and_without_repeats(seed: int, n: int, count: int) -> None:
    neighbors = np.random.default_rng(seed).integers(0, n + 1, (n, count)).astype(np.int32)
    start, rows = symmetric_lists(neighbors)
    found = [rows[a:b].tolist() for a, b in pairwise(start)]
    assert found == twin.symmetric_lists(neighbors)


@pytest.mark.parametrize("seed", [0, 1])
def test_clusters_depend_on_the_seed_alone(seed: int) -> None:
    X = np.random.default_rng(3).standard_normal((500, 3)).astype(np.float32)
    first = clustered_neighbors(X, 4, probes=3, seed=seed)
    assert np.array_equal(first, clustered_neighbors(X, 4, probes=3, seed=seed))
