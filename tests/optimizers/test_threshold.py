import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.optimizers.base import divisors
from cribble.optimizers.greedy import greedy
from cribble.optimizers.knapsack import better_of_two
from cribble.optimizers.threshold import threshold
from oracles.coverage import KINDS, Coverage, coverage, feasible, optimum, problem


@pytest.mark.parametrize("eps", [0.05, 0.3])
@pytest.mark.parametrize(
    ("kind", "share"), [("rows", 1 - 1 / np.e), ("groups", 0.5), ("cost", (1 - 1 / np.e) / 2)]
)
def test_it_reaches_its_share_of_the_optimum(kind: str, share: float, eps: float) -> None:
    def walk(objective, admission, *, by_cost):
        return threshold(objective, admission, eps=eps, by_cost=by_cost)

    ratios = []
    for seed in range(200):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = better_of_two(objective, limits, walk)
        best = optimum(objective, limits)
        assert (share - eps) * best <= run.value <= best <= run.upper_bound + 1e-9
        ratios.append(run.value / best)
    assert min(ratios) < 1
    assert np.mean(ratios) > 0.9


def plain(objective: Coverage, admission: Admission, eps: float, by_cost: bool) -> list[int]:
    """Walk as the paper does, with every gain taken from the definition."""
    costs = divisors(admission, by_cost=by_cost)

    def ratio(row: int) -> float:
        picks = tuple(admission.picks)
        return (objective.of((*picks, row)) - objective.of(picks)) / costs[row]

    first = max((ratio(row) for row in range(objective.size) if admission.admits(row)), default=0)
    level = first
    while level > 0 and level >= eps / objective.size * first:
        for row in range(objective.size):
            if admission.admits(row) and ratio(row) >= level:
                admission.add(row)
        level *= 1 - eps
    return admission.picks


@pytest.mark.parametrize("by_cost", [False, True])
@pytest.mark.parametrize("kind", ["rows", "groups", "keep", "cost", "all"])
def test_batches_and_old_bounds_change_no_pick(kind: str, by_cost: bool) -> None:
    for seed in range(30):
        objective, (limits, _) = coverage(seed, n=80, points=30), problem(seed, kind, 80)
        run = threshold(objective, Admission(limits), eps=0.2, by_cost=by_cost)
        expected = plain(objective, Admission(limits), 0.2, by_cost)
        assert run.indices[: len(expected)].tolist() == expected
        assert feasible(limits, tuple(run.indices.tolist()))
        assert run.value == objective.of(tuple(run.indices.tolist())) == run.gains.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_the_certificate_is_never_below_the_optimum(kind: str) -> None:
    for seed in range(60):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = threshold(objective, Admission(limits))
        assert run.value <= optimum(objective, limits) <= run.upper_bound + 1e-9


def test_what_gains_nothing_still_fills_a_row_budget() -> None:
    objective = Coverage(np.eye(6, dtype=bool), np.array([0.0, 0, 4, 0, 3.9, 0]))
    run = threshold(objective, Admission(Budget(rows=5).resolve(Pool(6))))
    assert run.indices.tolist() == [2, 4, 0, 1, 3]
    objective = Coverage(np.eye(3, dtype=bool), np.zeros(3))
    assert len(threshold(objective, Admission(Budget(rows=2).resolve(Pool(3)))).indices) == 2


def test_it_evaluates_less_than_greedy() -> None:
    objective = coverage(0, n=2000, points=400, share=0.02)
    limits = Budget(rows=60).resolve(Pool(2000))
    run = threshold(objective, Admission(limits))
    objective.reset()
    plainly = greedy(objective, Admission(limits))
    assert run.evaluations < 0.2 * plainly.evaluations
    assert run.value > 0.95 * plainly.value


def test_wrong_parameters_are_refused() -> None:
    limits = problem(0, "rows")[0]
    with pytest.raises(ParameterError, match="eps"):
        threshold(coverage(0), Admission(limits), eps=0.0)
    objective = coverage(0)
    objective.submodular = False
    with pytest.raises(ParameterError, match="use greedy"):
        threshold(objective, Admission(limits))
