"""K-medoids against the matrix of distances, and against all sets of a tiny pool."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.kernels import medoid_swaps, medoids
from cribble.kernels.medoid_swaps import Rules
from cribble.kernels.medoids import k_medoids
from cribble.kernels.reference import medoids as reference
from cribble.kernels.threads import limited_threads


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 24), st.integers(1, 5), st.integers(1, 3), st.integers(0, 10**6))
def test_swaps_are_those_of_the_definition(n: int, k: int, d: int, seed: int) -> None:
    """Whole squared distances make every sum exact, so that ties must go the same way."""
    random = np.random.default_rng(seed)
    x = random.integers(-6, 7, (n, d)).astype(np.float32)
    start = random.choice(n, min(n, k), replace=False)
    table = reference.distances(x, root=False)
    found = k_medoids(x, start, root=False)
    assert found.rows.tolist() == reference.eager_swaps(table, start)
    np.testing.assert_array_equal(found.assignment, table[:, found.rows].argmin(axis=1))
    np.testing.assert_array_equal(found.distances, table[:, found.rows].min(axis=1))


@pytest.mark.parametrize("seed", range(6))
def test_the_best_of_some_starts_is_the_best_of_all_sets(seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.standard_normal((11, 2)).astype(np.float32)
    table = reference.distances(x)
    found = [k_medoids(x, random.choice(11, 3, replace=False)).loss for _ in range(20)]
    assert min(found) == pytest.approx(reference.best(table, 3))


@pytest.mark.parametrize("search", ["full", "screened"])
@pytest.mark.parametrize("root", [True, False])
def test_reported_distances_are_true_after_many_swaps(search: str, root: bool) -> None:
    x = np.random.default_rng(0).standard_normal((1_500, 6)).astype(np.float32)
    found = k_medoids(x, np.arange(20), root=root, search=search)
    table = reference.distances(x, root)[:, found.rows]
    np.testing.assert_allclose(found.distances, table.min(axis=1), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(found.assignment, table.argmin(axis=1))
    assert found.loss < 0.95 * reference.loss(reference.distances(x, root), range(20))


def test_no_single_swap_improves_a_full_search() -> None:
    x = np.random.default_rng(1).standard_normal((1_100, 3)).astype(np.float32)
    found = k_medoids(x, np.arange(5))
    table = reference.distances(x)
    for place in range(5):
        rest = table[:, np.delete(found.rows, place)].min(axis=1)
        assert np.minimum(rest[:, None], table).sum(axis=0).min() >= found.loss * (1 - 1e-8)


def test_searches_by_samples_come_near_the_full_one() -> None:
    x = np.random.default_rng(2).standard_normal((3_000, 4)).astype(np.float32)
    start = np.arange(12)
    full, screened, samples = (
        k_medoids(x, start, search=search).loss for search in ("full", "screened", "samples")
    )
    begin = reference.loss(np.linalg.norm(x[:, None] - x[None, start], axis=2), range(12))
    assert screened <= 1.005 * full
    assert screened < samples < begin


@pytest.mark.parametrize("search", ["full", "screened", "samples"])
def test_result_depends_on_no_thread_block_or_storage(search, tmp_path, monkeypatch) -> None:
    x = np.random.default_rng(3).standard_normal((2_000, 5)).astype(np.float16)
    np.save(tmp_path / "x.npy", x.astype(np.float32))
    start = np.arange(12)
    found = k_medoids(x, start, search=search)
    others = [k_medoids(np.load(tmp_path / "x.npy", mmap_mode="r"), start, search=search)]
    with limited_threads(1):
        others.append(k_medoids(x, start, search=search))
    monkeypatch.setattr(medoids, "_ROWS", 13)
    monkeypatch.setattr(medoids, "_SCORES", 100_000)
    monkeypatch.setattr(medoid_swaps, "_ENTRIES", 1_000)
    monkeypatch.setattr(medoid_swaps, "_WINDOW", 3)
    others.append(k_medoids(x, start, search=search))
    for other in others:
        np.testing.assert_array_equal(found.rows, other.rows)
        np.testing.assert_array_equal(found.distances, other.distances)


def test_rules_hold_and_the_rest_is_still_improved() -> None:
    random = np.random.default_rng(4)
    x = random.standard_normal((300, 3)).astype(np.float32)
    codes, costs = np.arange(300) % 3, random.integers(1, 9, 300).astype(np.float64)
    allowed, fixed = random.random(300) < 0.6, np.zeros(300, dtype=bool)
    start = np.nonzero(allowed)[0][:12]
    fixed[start[:2]] = True
    counts = np.bincount(codes[start], minlength=3)
    rules = Rules(allowed, fixed, codes, counts - 1, counts + 1, costs, costs[start].sum() + 3)
    found = k_medoids(x, start, rules=rules)
    assert set(start[:2]) <= set(found.rows)
    assert allowed[found.rows].all()
    assert costs[found.rows].sum() <= rules.budget
    assert (np.abs(np.bincount(codes[found.rows], minlength=3) - counts) <= 1).all()
    assert found.loss < 0.95 * reference.loss(reference.distances(x), start)


def test_an_unknown_search_is_refused() -> None:
    with pytest.raises(ParameterError, match="search is 'all'"):
        k_medoids(np.zeros((3, 1), dtype=np.float32), np.array([0]), search="all")
