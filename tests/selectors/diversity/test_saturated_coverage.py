"""Saturated coverage against its definition."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
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


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_the_picks_are_those_of_greedy_on_the_definition(alpha: float) -> None:
    X, table = problem()
    chosen = SaturatedCoverage(alpha=alpha).select(Pool.from_array(X), Budget(rows=10))
    picks, values = plain_greedy(value_of(table, alpha), len(X), 10)
    assert chosen.indices.tolist() == picks
    np.testing.assert_allclose(np.cumsum(chosen.gains), values, rtol=1e-5)
    assert chosen.value <= chosen.upper_bound
    assert chosen.stats["form"] == "dense"


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
