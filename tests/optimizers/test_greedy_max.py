import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.optimizers.greedy_max import greedy_max
from cribble.optimizers.lazy import lazy
from oracles.coverage import KINDS, Coverage, coverage, feasible, optimum, problem


@pytest.mark.parametrize("kind", ["cost", "free"])
def test_it_reaches_half_of_the_optimum(kind: str) -> None:
    ratios = []
    for seed in range(200):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = greedy_max(objective, limits)
        best = optimum(objective, limits)
        assert best / 2 <= run.value <= best <= run.upper_bound + 1e-9
        ratios.append(run.value / best)
    assert min(ratios) < 1
    assert np.mean(ratios) > 0.95


def test_it_is_at_least_every_first_part_of_the_walk_with_one_row_more() -> None:
    better = 0
    for seed in range(200):
        objective, (limits, _) = coverage(seed), problem(seed, "cost")
        walk = lazy(objective, Admission(limits), by_cost=True).indices.tolist()
        candidates = [
            objective.of((*walk[:taken], row))
            for taken in range(len(walk) + 1)
            for row in range(10)
            if limits.costs[list({*walk[:taken], row})].sum() <= limits.cost
        ]
        objective.reset()
        run = greedy_max(objective, limits)
        assert run.value >= max(candidates)
        better += run.value > objective.of(tuple(walk))
    assert better > 0


@pytest.mark.parametrize("kind", KINDS)
def test_limits_hold_and_the_certificate_is_never_below_the_optimum(kind: str) -> None:
    for seed in range(60):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = greedy_max(objective, limits)
        assert feasible(limits, tuple(run.indices.tolist()))
        assert run.value <= optimum(objective, limits) <= run.upper_bound + 1e-9
        assert run.value == objective.of(tuple(run.indices.tolist())) == objective.value


def test_a_tiny_row_does_not_keep_the_dear_one_out_and_the_rest_is_spent() -> None:
    objective = Coverage(np.eye(3, dtype=bool), np.array([3.0, 90, 1]))
    pool = Pool(3, signals={"tokens": np.array([2.0, 99, 1])})
    run = greedy_max(objective, Budget(cost=100).resolve(pool))
    assert run.indices.tolist() == [1, 2]
