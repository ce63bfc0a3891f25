"""Saturated coverage against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.coverage import saturated_coverage as objective_of
from cribble.objectives.facility_location import Affinity
from cribble.objectives.uncapped_coverage import UncappedCoverage
from cribble.optimizers.greedy import greedy
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


def test_where_no_cap_binds_the_picks_are_those_of_the_pairs() -> None:
    bound = set()
    for seed in range(8):
        X = np.random.default_rng(seed).standard_normal((60, 4)).astype(np.float32)
        X[40:50] = X[20:30]
        pool = Pool.from_array(X)
        for alpha in (0.3, 0.5, 1.0):
            points = Affinity.of(X, "cosine").points
            table = np.maximum(points.astype(np.float64) @ points.T, 0)
            for budget in (Budget(rows=9), Budget(rows=9, keep=[33, 2], drop=[20])):
                chosen = SaturatedCoverage(alpha=alpha).select(pool, budget)
                plain = greedy(objective_of(table, alpha), Admission(budget.resolve(pool)))
                assert chosen.gains == pytest.approx(plain.gains, rel=1e-5)
                assert chosen.value <= chosen.upper_bound
                cover = table[:, chosen.indices].sum(axis=1)
                free = bool((cover <= alpha * table.sum(axis=1)).all())
                assert UncappedCoverage(points).reaches_no_cap(chosen.indices, alpha) == free
                assert (chosen.stats["full"] == 0) == free
                bound.add(free)
    assert bound == {True, False}


def test_the_graph_of_all_neighbors_gives_the_dense_picks(monkeypatch) -> None:
    X, _ = problem()
    pool = Pool.from_array(X)
    dense = SaturatedCoverage().select(pool, Budget(rows=10))
    monkeypatch.setattr(saturated_coverage, "_DENSE_ROWS", 0)
    graph = SaturatedCoverage(neighbors=39).select(pool, Budget(rows=10))
    assert graph.stats["form"] == "graph"
    # The graph leaves out what a row is to itself: 1 of its cap and 1 of its gain.
    assert len(set(graph.indices.tolist()) & set(dense.indices.tolist())) >= 8


def test_what_cannot_be_is_refused() -> None:
    for bad in ({"alpha": 0.0}, {"alpha": 1.1}, {"neighbors": 0}):
        with pytest.raises(ParameterError):
            SaturatedCoverage(**bad)
