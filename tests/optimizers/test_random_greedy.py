from itertools import combinations

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.objectives.graph_cut import GraphCut
from cribble.optimizers.greedy import greedy
from cribble.optimizers.random_greedy import random_greedy
from oracles.coverage import KINDS, coverage, feasible, optimum, problem


def test_the_mean_over_seeds_reaches_its_share_where_more_rows_lower_the_value() -> None:
    ratios, falls = [], 0
    for case in range(200):
        rng = np.random.default_rng(case)
        X = np.abs(rng.standard_normal((8, 3))) * rng.uniform(0.2, 3, (8, 1))
        # With lam = 1 the value is the similarity between the picks and the rest: never negative.
        objective = GraphCut(X, lam=1.0, scale=1.0, shift=0)
        similar = X @ X.T
        best = max(
            similar[np.ix_(rows, sorted(set(range(8)) - set(rows)))].sum()
            for size in range(6)
            for rows in map(list, combinations(range(8), size))
        )
        limits = Budget(cost=5).resolve(Pool(8, signals={"tokens": np.ones(8)}))
        values = []
        for seed in range(30):
            objective.reset()
            run = random_greedy(objective, Admission(limits), seed=seed)
            assert run.upper_bound is None
            assert (run.gains >= 0).all()
            values.append(run.value)
        falls += bool((objective.gains(np.arange(8)) < 0).any())
        assert np.mean(values) >= best / np.e
        assert max(values) <= best + 1e-9
        ratios.append(np.mean(values) / best)
    assert falls > 100
    assert np.mean(ratios) > 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_limits_hold_and_the_certificate_is_never_below_the_optimum(kind: str) -> None:
    for seed in range(60):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = random_greedy(objective, Admission(limits), seed=seed)
        assert feasible(limits, tuple(run.indices.tolist()))
        assert run.value <= optimum(objective, limits) <= run.upper_bound + 1e-9
        assert run.value == objective.of(tuple(run.indices.tolist())) == run.gains.sum()


def test_with_one_row_to_pick_nothing_is_left_to_chance() -> None:
    for seed in range(20):
        objective = coverage(seed)
        limits = Budget(rows=1).resolve(Pool(10))
        plain = greedy(objective, Admission(limits))
        objective.reset()
        drawn = random_greedy(objective, Admission(limits), seed=seed)
        assert drawn.indices.tolist() == plain.indices.tolist()
