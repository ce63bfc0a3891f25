"""K-median: costs of random, even and optimal centers, against the pool and the stated error."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.selectors.coresets.k_median import KMedian

RNG = np.random.default_rng(0)
TIMES = np.exp(RNG.normal(size=(5_000, 1)))
PLACES = RNG.normal(size=(2_000, 2)) * [1, 3]


def _cost(X: np.ndarray, weights: np.ndarray, centers: np.ndarray) -> float:
    gaps = np.sqrt(((X[:, None] - centers[None]) ** 2).sum(axis=2)).min(axis=1)
    return float(weights @ gaps)


@pytest.mark.parametrize(("X", "rows", "eps"), [(TIMES, 150, 0.01), (PLACES, 300, 0.05)])
def test_the_cost_of_any_centers_is_within_one_plus_eps(
    X: np.ndarray, rows: int, eps: float
) -> None:
    chosen = KMedian().select(Pool.from_array(X), Budget(rows=rows))
    ones = np.ones(len(X))
    assert chosen.weights.sum() == len(X)
    sets = [X[RNG.choice(len(X), 5)] for _ in range(150)]
    sets += [RNG.uniform(X.min(axis=0), X.max(axis=0), (3, X.shape[1])) for _ in range(150)]
    sets += [np.quantile(X, RNG.random(5), axis=0) for _ in range(50)]
    for centers in sets:
        true = _cost(X, ones, centers)
        ours = _cost(X[chosen.indices], chosen.weights, centers)
        assert abs(ours - true) <= eps * true
        assert abs(ours - true) <= chosen.stats["error"] * (1 + 1e-9)


def test_the_error_is_the_summed_distance_to_the_stand_ins() -> None:
    chosen = KMedian().select(Pool.from_array(PLACES), Budget(rows=40, keep=[7], drop=[1]))
    counted = np.delete(np.arange(len(PLACES)), 1)
    gaps = PLACES[counted] - PLACES[chosen.indices[chosen.assignment[counted]]]
    assert chosen.assignment[1] == -1
    assert chosen.weights.sum() == len(counted)
    assert chosen.stats["error"] == pytest.approx(np.sqrt((gaps**2).sum(axis=1)).sum())


def test_all_rows_stand_for_themselves() -> None:
    chosen = KMedian().select(Pool.from_array(TIMES[:30]), Budget(rows=30))
    assert chosen.weights.tolist() == [1.0] * 30
    assert chosen.stats["error"] == 0
