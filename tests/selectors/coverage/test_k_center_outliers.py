"""K-center with outliers against brute force over all sets, and a planted outlier."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coverage.k_center import KCenter
from cribble.selectors.coverage.k_center_outliers import KCenterOutliers


@pytest.mark.parametrize("seed", range(6))
def test_the_radius_without_outliers_is_at_most_twice_the_optimum(seed: int) -> None:
    X = np.random.default_rng(seed).normal(size=(11, 2))
    gaps = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
    third = np.sort(gaps, axis=1)[:, 3]
    inside = np.sort(np.argsort(-third)[2:])
    best = min(
        gaps[np.ix_(inside, rows)].min(axis=1).max()
        for rows in itertools.combinations(inside.tolist(), 3)
    )
    chosen = KCenterOutliers(outliers=2 / 11, neighbors=3).select(
        Pool.from_array(X), Budget(rows=3)
    )
    assert set(chosen.indices.tolist()) <= set(inside.tolist())
    found = gaps[np.ix_(inside, chosen.indices)].min(axis=1).max()
    assert chosen.stats["radius"] == pytest.approx(found, rel=1e-6)
    assert best <= found <= 2 * best


@pytest.mark.parametrize("seed", range(8))
def test_by_balls_it_is_at_most_three_times_the_optimum_over_all_outliers(seed: int) -> None:
    X = np.random.default_rng(seed).normal(size=(12, 2)) ** 3
    gaps = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))

    def radius(rows: object) -> float:
        """Of the twelve rows, two may be left out."""
        return float(np.sort(gaps[:, list(rows)].min(axis=1))[9])

    best = min(radius(rows) for rows in itertools.combinations(range(12), 3))
    chosen = KCenterOutliers(outliers=2 / 12, form="balls").select(
        Pool.from_array(X), Budget(rows=3)
    )
    assert len(chosen) == 3
    assert chosen.stats["radius"] == pytest.approx(radius(chosen.indices), rel=1e-5)
    assert best * (1 - 1e-6) <= chosen.stats["radius"] <= 3.04 * best
    assert chosen.stats["outliers"] == 2


def test_balls_leave_planted_outliers_uncovered_and_are_counted_on_a_sample() -> None:
    X = np.random.default_rng(1).normal(size=(300, 3))
    X[:3] = [[90, 0, 0], [0, 90, 0], [0, 0, 90]]
    pool = Pool.from_array(X)
    for sample, share in ((300, 0.01), (100, 0.05)):
        method = KCenterOutliers(outliers=share, form="balls", sample=sample)
        chosen = method.select(pool, Budget(rows=4, keep=[5]))
        assert len(chosen) == 4
        assert chosen.indices[0] == 5
        assert chosen.stats["radius"] < 10 < 80 < chosen.stats["outlier_radius"]


def test_an_outlier_is_picked_by_k_center_and_not_here() -> None:
    X = np.random.default_rng(0).normal(size=(100, 3))
    X[17] = 60.0
    pool = Pool.from_array(X)
    assert 17 in KCenter().select(pool, Budget(rows=4)).indices
    chosen = KCenterOutliers().select(pool, Budget(rows=30))
    assert 17 not in chosen.indices
    assert chosen.stats["outliers"] == 1
    assert chosen.stats["outlier_radius"] > 50 > chosen.stats["radius"]
    whole = KCenterOutliers().select(pool, Budget(rows=100))
    assert whole.indices[-1] == 17
    assert whole.stats["outliers_picked"] == 1


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="outliers"):
        KCenterOutliers(outliers=1)
    with pytest.raises(ParameterError, match="neighbors"):
        KCenterOutliers(neighbors=0)
    with pytest.raises(ParameterError, match="form"):
        KCenterOutliers(form="greedy")
