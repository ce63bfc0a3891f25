"""Saturated coverage against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.coverage import saturated_coverage as objective_of
from cribble.objectives.facility_location import Affinity
from cribble.optimizers.greedy import greedy
from cribble.optimizers.largest_sums import largest_sums
from cribble.selectors.diversity import saturated_coverage
from cribble.selectors.diversity.saturated_coverage import SaturatedCoverage
from oracles.plain_greedy import plain_greedy


def problem(n: int = 40):
    X = np.random.default_rng(5).standard_normal((n, 6)).astype(np.float32) + 0.3
    unit = X / np.linalg.norm(X.astype(np.float64), axis=1, keepdims=True)
    return X, np.maximum(unit @ unit.T, 0)


def value_of(table: np.ndarray, alpha: float):
    caps = alpha * table.sum(axis=0)
    return lambda rows: float(np.minimum(table[rows].sum(axis=0), caps).sum())


@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.3, 0.6, 1.0])
def test_the_picks_are_those_of_greedy_on_the_definition(alpha: float) -> None:
    X, table = problem()
    chosen = SaturatedCoverage(alpha=alpha).select(Pool.from_array(X), Budget(rows=10))
    picks, values = plain_greedy(value_of(table, alpha), len(X), 10)
    assert chosen.indices.tolist() == picks
    np.testing.assert_allclose(np.cumsum(chosen.gains), values, rtol=1e-5)
    assert chosen.value <= chosen.upper_bound
    assert chosen.stats["form"] == "dense"


def test_sums_alone_or_with_pairs_the_picks_are_those_of_greedy(monkeypatch) -> None:
    """On small pools the pairs are held, so that sums have to be asked for."""
    bound = set()
    for seed in range(8):
        X = np.random.default_rng(seed).standard_normal((60, 4)).astype(np.float32)
        X[40:50] = X[20:30]
        pool = Pool.from_array(X, groups={"g": np.arange(60) % 3})
        points = Affinity.of(X, "cosine").points
        table = np.maximum(points.astype(np.float64) @ points.T, 0)
        quota = {"at_least": {"g": {0: 5}}, "at_most": {"g": {1: 1}}}
        for alpha in (0.3, 0.5, 1.0):
            for limit in ({}, {"keep": [33, 2], "drop": [20]}, quota):
                limits = Budget(rows=9, **limit).resolve(pool)
                plain = greedy(objective_of(table, alpha), Admission(limits))
                cover = table[:, plain.indices].sum(axis=1)
                free = bool((cover <= alpha * table.sum(axis=1)).all())
                for most in (0, 100):
                    monkeypatch.setattr(saturated_coverage, "_most_sums", lambda _, most=most: most)
                    chosen = SaturatedCoverage(alpha=alpha).select(pool, Budget(rows=9, **limit))
                    assert chosen.gains == pytest.approx(plain.gains, rel=1e-5)
                    assert chosen.value <= chosen.upper_bound
                    assert (chosen.stats["full"] == 0) == free
                assert (largest_sums(points, limits, alpha, 100) is not None) == free
                bound.add(free)
    assert bound == {True, False}


def test_few_of_many_rows_are_summed() -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((9_000, 16)).astype(np.float32)
    X[:3_000] = 3 * rng.standard_normal(16) + X[:3_000]
    chosen = SaturatedCoverage().select(Pool.from_array(X), Budget(rows=20))
    points = Affinity.of(X, "cosine").points
    sums = np.concatenate(
        [np.maximum(part @ points.T, 0).sum(axis=1) for part in np.split(points, 9)]
    )
    assert chosen.stats["form"] == "dense"
    assert chosen.stats["evaluations"] < 1_000
    np.testing.assert_allclose(chosen.gains, np.sort(sums)[::-1][:20], rtol=1e-4)
    assert chosen.upper_bound == chosen.value


def test_the_graph_of_all_neighbors_gives_the_dense_picks(monkeypatch) -> None:
    X, _ = problem()
    pool = Pool.from_array(X)
    dense = SaturatedCoverage().select(pool, Budget(rows=10))
    monkeypatch.setattr(saturated_coverage, "_DENSE_ROWS", 0)
    monkeypatch.setattr(saturated_coverage, "_SUMMED_PRODUCTS", 0)
    graph = SaturatedCoverage(neighbors=39).select(pool, Budget(rows=10))
    assert graph.stats["form"] == "graph"
    # The graph leaves out what a row is to itself: 1 of its cap and 1 of its gain.
    assert len(set(graph.indices.tolist()) & set(dense.indices.tolist())) >= 8


def test_what_cannot_be_is_refused() -> None:
    for bad in ({"alpha": 0.0}, {"alpha": 1.1}, {"neighbors": 0}):
        with pytest.raises(ParameterError):
            SaturatedCoverage(**bad)
