import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.optimizers.knapsack import maximize
from oracles.coverage import Coverage, coverage, feasible, optimum, problem


@pytest.mark.parametrize("kind", ["cost", "free"])
def test_the_better_of_two_reaches_its_share_of_the_optimum(kind: str) -> None:
    for seed in range(200):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = maximize(objective, limits)
        picks = tuple(run.indices.tolist())
        best = optimum(objective, limits)
        assert feasible(limits, picks)
        assert (1 - 1 / np.e) / 2 * best <= run.value <= best <= run.upper_bound + 1e-9
        assert run.value == objective.of(picks) == objective.value


def test_neither_rule_alone_can_fail_it() -> None:
    # One tiny row with a good ratio must not keep out the large one, nor the large one the rest.
    weights = np.array([1.0, 90, 30, 30, 30])
    objective = Coverage(np.eye(5, dtype=bool), weights)
    for costs, picks in (([1, 100, 90, 90, 90], [1]), ([1, 100, 33, 33, 33], [0, 2, 3, 4])):
        pool = Pool(5, signals={"tokens": np.array(costs, dtype=float)})
        objective.reset()
        run = maximize(objective, Budget(cost=100).resolve(pool))
        assert sorted(run.indices.tolist()) == picks


def test_a_row_budget_is_plain_greedy_for_any_objective() -> None:
    objective, (limits, _) = coverage(3), problem(3, "groups")
    quick = maximize(objective, limits)
    objective.reset()
    objective.submodular = False
    plain = maximize(objective, limits)
    assert quick.indices.tolist() == plain.indices.tolist()
    assert plain.upper_bound is None
