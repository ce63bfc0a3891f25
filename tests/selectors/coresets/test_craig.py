"""CRAIG: picks within 1 - 1/e of the best set, weights that are cluster sizes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coresets.craig import Craig

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(14, 2)) + np.repeat([[0, 0], [6, 0]], 7, axis=0)).astype(np.float32)


def _value(picks: list[int]) -> float:
    wide = X.astype(np.float64)
    phantom = ((wide - wide.mean(axis=0)) ** 2).sum(axis=1)
    gaps = ((wide[:, None] - wide[picks][None]) ** 2).sum(axis=2).min(axis=1)
    return float(np.maximum(phantom - gaps, 0).sum())


def test_the_value_is_near_the_best_and_under_its_bound() -> None:
    chosen = Craig().select(Pool.from_array(X), Budget(rows=3))
    best = max(_value(list(some)) for some in combinations(range(14), 3))
    assert chosen.value == pytest.approx(_value(chosen.indices.tolist()), rel=1e-5)
    assert (1 - 1 / np.e) * best <= chosen.value <= best * (1 + 1e-5)
    assert chosen.upper_bound >= best * (1 - 1e-5)


def test_weights_count_the_rows_nearest_to_each_pick() -> None:
    chosen = Craig().select(Pool.from_array(X), Budget(rows=4, drop=[0, 9]))
    gaps = ((X[:, None] - X[chosen.indices][None]) ** 2).sum(axis=2)
    counted = np.setdiff1d(np.arange(14), [0, 9])
    assert chosen.assignment.tolist() == gaps.argmin(axis=1).tolist()
    assert chosen.weights.tolist() == np.bincount(gaps[counted].argmin(axis=1)).tolist()
    assert chosen.weights.sum() == chosen.stats["weight_sum"] == 12
    want = chosen.weights @ X[chosen.indices] / 12 - X[counted].mean(axis=0)
    assert chosen.stats["gradient_error"] == pytest.approx(np.linalg.norm(want), rel=1e-4)


def test_picks_that_lie_together_count_themselves() -> None:
    chosen = Craig().select(Pool.from_array(np.zeros((6, 2))), Budget(rows=3))
    assert sorted(chosen.weights.tolist()) == [1, 1, 4]


def test_a_large_pool_is_valued_on_a_sample() -> None:
    chosen = Craig(sample=10).select(Pool.from_array(X), Budget(rows=2))
    assert chosen.stats["sampled_rows"] == 10
    assert chosen.upper_bound is None
    assert chosen.weights.sum() == 14
    with pytest.raises(ParameterError, match="sample"):
        Craig(sample=0)
