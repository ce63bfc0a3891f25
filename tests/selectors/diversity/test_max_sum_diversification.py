"""Max-sum diversification: its rule, and half of the optimum by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.dispersion import DisparitySum
from cribble.objectives.mixture import Mixture
from cribble.objectives.modular import Modular
from cribble.optimizers.knapsack import maximize
from cribble.selectors.diversity.max_sum_diversification import MaxSumDiversification
from oracles.coverage import feasible

N, K = 9, 4
SETS = np.array(list(itertools.combinations(range(N), K)))


def distances(X: np.ndarray, metric: str) -> np.ndarray:
    if metric == "euclidean":
        return np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    return np.arccos(np.clip(unit @ unit.T, -1, 1)) / np.pi


@pytest.mark.parametrize("metric", ["euclidean", "angle"])
def test_at_least_half_of_the_best_set(metric: str) -> None:
    ratios = []
    for seed in range(110):
        rng = np.random.default_rng(seed)
        X, quality = rng.standard_normal((N, 2)), rng.random(N) ** 3
        lam = 10 ** rng.uniform(-2, 0.5)
        pool = Pool.from_array(X, signals={"quality": quality})
        chosen = MaxSumDiversification(lam=lam, metric=metric).select(pool, Budget(rows=K))
        gaps = distances(X, metric)
        np.fill_diagonal(gaps, 0.0)
        scaled = (quality - quality.min()) / np.ptp(quality)

        def value(rows: np.ndarray, gaps=gaps, scaled=scaled, lam=lam) -> float:
            return float(scaled[rows].sum() + lam * gaps[np.ix_(rows, rows)].sum() / 2)

        assert chosen.value == pytest.approx(value(chosen.indices), rel=1e-5)
        assert chosen.gains.sum() == pytest.approx(chosen.value)
        ratios.append(chosen.value / max(value(rows) for rows in SETS))
    assert min(ratios) >= 0.5
    assert np.mean(ratios) < 1, "greedy that always finds the best needs no promise"


def test_at_least_half_of_the_best_set_within_group_limits_and_no_exchange_helps() -> None:
    ratios, improved = [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        X, quality = rng.standard_normal((N, 2)) ** 3, rng.random(N) ** 3
        names = np.array(["a", "b", "c"])[np.append(rng.integers(0, 3, N - 3), [0, 1, 2])]
        lam = 10 ** rng.uniform(-2, 0.5)
        pool = Pool.from_array(X, signals={"quality": quality}, groups={"g": names})
        budget = Budget(
            rows=K,
            at_most={"g": {"a": 2, "b": 2}},
            at_least={"g": {"c": 1}},
            keep=[8] if seed % 4 == 0 else [],
        )
        limits = budget.resolve(pool)
        gaps = distances(X, "euclidean")
        scaled = (quality - quality.min()) / np.ptp(quality)

        def value(rows: np.ndarray, gaps=gaps, scaled=scaled, lam=lam) -> float:
            return float(scaled[rows].sum() + lam * gaps[np.ix_(rows, rows)].sum() / 2)

        allowed = {tuple(rows): value(rows) for rows in SETS if feasible(limits, tuple(rows))}
        chosen = MaxSumDiversification(lam=lam).select(pool, budget)
        picks = set(chosen.indices.tolist())
        assert chosen.value == pytest.approx(allowed[tuple(sorted(picks))], rel=1e-5)
        assert chosen.gains.sum() == pytest.approx(chosen.value)
        for rows, other in allowed.items():
            if len(picks & set(rows)) == K - 1:
                assert other <= chosen.value * (1 + 1.1e-4 / K)
        ratios.append(chosen.value / max(allowed.values()))
        halves = Mixture((Modular(scaled), DisparitySum(X)), (0.5, lam))
        improved += value(maximize(halves, limits).indices) < chosen.value * (1 - 1e-6)
    assert min(ratios) >= 0.5
    assert np.mean(ratios) < 1
    assert improved > 5, "greedy alone needs exchanges here and there"


def test_the_half_decides() -> None:
    # From row 0, the far row 1 is worth 1.0 and row 2 is worth 0.8 + 0.3 in full, 0.7 by half.
    X, quality = np.array([[0.0], [1.0], [0.3], [0.0]]), np.array([1.0, 0.0, 0.8, 0.0])
    pool = Pool.from_array(X, signals={"quality": quality})
    chosen = MaxSumDiversification().select(pool, Budget(rows=2))
    assert chosen.indices.tolist() == [0, 1]


def test_gains_of_the_distances_are_those_of_the_definition_and_rise() -> None:
    X = np.random.default_rng(3).standard_normal((6, 3))
    gaps = distances(X, "euclidean")
    objective = DisparitySum(X)
    for count, row in enumerate((4, 0, 2)):
        expected = gaps[:, [4, 0, 2][:count]].sum(axis=1)
        np.testing.assert_allclose(objective.bounds(), expected, atol=1e-9)
        assert objective.add(row) == pytest.approx(expected[row])


@pytest.mark.parametrize("bad", [{"lam": -1.0}, {"lam": np.inf}, {"metric": "cosine"}])
def test_what_would_break_the_promise_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        MaxSumDiversification(**bad)
    if "metric" in bad:
        with pytest.raises(ParameterError, match="metric"):
            DisparitySum(np.zeros((1, 1)), "cosine")
