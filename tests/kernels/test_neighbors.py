from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.neighbors import (
    Cells,
    NearRows,
    clustered_neighbors,
    exact_neighbors,
    near_rows,
)
from cribble.kernels.partition import partition
from cribble.kernels.reference import neighbors as twin
from cribble.kernels.threads import limited_threads


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


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("rows", [1, 50, 1000])
def test_cells_searched_in_parts_find_what_they_find_at_once(rows: int, dtype: str) -> None:
    X = np.random.default_rng(3).standard_normal((400, 3)).astype(dtype)
    parts = partition(X, 0, most=16)
    cuts = parts.cuts(rows)
    assert (cuts[0], cuts[-1]) == (0, 400)
    assert set(cuts) <= set(parts.start)
    cells, mapped = (Cells.of(X, parts, 1, memory=memory) for memory in (np.inf, 0))
    found = NearRows(parts.order, cells.search(6, 0, 400))
    some = [mapped.search(6, low, high) for low, high in pairwise(cuts.tolist())]
    assert np.array_equal(np.concatenate(some), found.lines)
    wide = X.astype(np.float64)
    gaps = ((wide[found.order, None] - wide[found.rows]) ** 2).sum(axis=2)
    np.testing.assert_allclose(found.gaps, gaps, rtol=1e-6)
    by_row = cells.by_row(found.rows)
    assert np.array_equal(by_row[found.order], found.rows)


def test_cells_compare_rows_scaled_to_length_1() -> None:
    X = np.random.default_rng(3).standard_normal((300, 4)).astype(np.float16)
    X[7] = 0
    parts = partition(X, 0, spherical=True, most=32)
    cells = Cells.of(X, parts, 100, spherical=True)
    found = NearRows(parts.order, cells.search(5, 0, 300))
    wide = X.astype(np.float64)
    unit = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9)
    table = ((unit[:, None] - unit[None]) ** 2).sum(axis=2)
    np.fill_diagonal(table, np.inf)
    expected = np.sort(table, axis=1)[:, :5]
    np.testing.assert_allclose(np.sort(found.gaps, axis=1), expected[found.order], atol=1e-5)


def clustered(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(60, 32))[rng.integers(60, size=6000)] + rng.normal(0, 0.2, (6000, 32))


def curved(rng: np.random.Generator) -> np.ndarray:
    """Rows of 32 numbers that three decide."""
    plane = rng.uniform(-1, 1, (6000, 3)) @ rng.normal(size=(3, 32))
    return np.sin(plane)


def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(6000, 32))


@pytest.mark.parametrize(("make", "least"), [(clustered, 0.99), (curved, 0.97), (noise, 0.5)])
def test_a_third_of_the_rows_hold_most_near_ones_where_there_is_structure(make, least) -> None:
    X = make(np.random.default_rng(5)).astype(np.float32)
    exact, found = exact_neighbors(X, 10), clustered_neighbors(X, 10, 4, 0)
    shared = sum(len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True))
    assert shared / exact.size >= least


def test_threads_change_nothing() -> None:
    X = np.random.default_rng(5).standard_normal((5000, 8)).astype(np.float32)
    found = clustered_neighbors(X, 5, 3, 0)
    with limited_threads(1):
        assert np.array_equal(clustered_neighbors(X, 5, 3, 0), found)


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


def test_what_few_clusters_lack_is_marked() -> None:
    X = np.random.default_rng(3).standard_normal((2000, 3)).astype(np.float32)
    lonely = clustered_neighbors(X, 1500, probes=1, seed=1)
    assert (lonely == len(X)).any()
    assert not (lonely == np.arange(len(X))[:, None]).any()


@pytest.mark.parametrize("seed", [0, 1])
def test_clusters_depend_on_the_seed_alone(seed: int) -> None:
    X = np.random.default_rng(3).standard_normal((500, 3)).astype(np.float32)
    first = clustered_neighbors(X, 4, probes=3, seed=seed)
    assert np.array_equal(first, clustered_neighbors(X, 4, probes=3, seed=seed))
