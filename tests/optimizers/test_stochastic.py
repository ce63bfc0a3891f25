import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.dispersion import DisparitySum
from cribble.optimizers.greedy import greedy
from cribble.optimizers.stochastic import stochastic
from oracles.coverage import KINDS, coverage, feasible, optimum, problem


@pytest.mark.parametrize("eps", [0.01, 0.3])
def test_the_mean_over_seeds_reaches_its_share_of_the_optimum(eps: float) -> None:
    least = []
    for case in range(200):
        objective, (limits, _) = coverage(case), problem(case, "rows")
        best, values = optimum(objective, limits), []
        for seed in range(8):
            objective.reset()
            run = stochastic(objective, Admission(limits), seed=seed, eps=eps)
            assert run.value <= best <= run.upper_bound
            values.append(run.value)
        assert np.mean(values) >= (1 - 1 / np.e - eps) * best
        least.append(min(values) / best)
    assert min(least) < 1


@pytest.mark.parametrize("by_cost", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_each_pick_is_the_best_of_its_draw_whatever_was_known(kind: str, by_cost: bool) -> None:
    for seed in range(30):
        objective, (limits, _) = coverage(seed, n=25, points=20), problem(seed, kind, 25)
        known = stochastic(objective, Admission(limits), seed=seed, eps=0.2, by_cost=by_cost)
        few = known.evaluations
        assert feasible(limits, tuple(known.indices.tolist()))
        assert known.value == objective.of(tuple(known.indices.tolist())) == known.gains.sum()
        objective.reset()
        # Without submodularity every row of a draw is evaluated.
        objective.submodular = False
        every = stochastic(objective, Admission(limits), seed=seed, eps=0.2, by_cost=by_cost)
        assert known.indices.tolist() == every.indices.tolist()
        assert few <= every.evaluations
        assert every.upper_bound is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_draw_of_all_rows_is_greedy(kind: str) -> None:
    for seed in range(20):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        drawn = stochastic(objective, Admission(limits), seed=seed, eps=1e-9)
        objective.reset()
        assert drawn.indices.tolist() == greedy(objective, Admission(limits)).indices.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_the_certificate_is_never_below_the_optimum(kind: str) -> None:
    for seed in range(60):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = stochastic(objective, Admission(limits), seed=seed, eps=0.5)
        assert run.value <= optimum(objective, limits) <= run.upper_bound + 1e-9


def test_evaluations_do_not_grow_with_the_budget_and_refused_rows_use_up_no_draw() -> None:
    objective = coverage(0, n=2000, points=400, share=0.02)
    objective.submodular = False
    for rows in (20, 200):
        objective.reset()
        run = stochastic(objective, Admission(Budget(rows=rows).resolve(Pool(2000))), eps=0.1)
        assert run.evaluations == rows * np.ceil(2000 / rows * np.log(10))
    pool = Pool(2000, groups={"g": np.arange(2000) % 2})
    objective.reset()
    limits = Budget(rows=40, at_most={"g": {"0": 2}}).resolve(pool)
    run = stochastic(objective, Admission(limits), eps=0.1)
    assert run.evaluations == 40 * np.ceil(2000 / 40 * np.log(10))


def test_other_seeds_draw_other_rows_and_the_same_seed_the_same() -> None:
    def picks(seed: int) -> list[int]:
        objective = coverage(1, n=200, points=100, share=0.05)
        limits = Budget(rows=10).resolve(Pool(200))
        return stochastic(objective, Admission(limits), seed=seed, eps=0.3).indices.tolist()

    assert picks(0) == picks(0)
    assert picks(0) != picks(1)


def test_an_objective_whose_gains_rise_is_evaluated_in_full() -> None:
    X = np.random.default_rng(0).standard_normal((12, 3))
    limits = Budget(rows=4).resolve(Pool(12))
    drawn = stochastic(DisparitySum(X), Admission(limits), eps=1e-9)
    assert drawn.indices.tolist() == greedy(DisparitySum(X), Admission(limits)).indices.tolist()


@pytest.mark.parametrize("eps", [0.0, 1.0, np.nan])
def test_a_wrong_eps_is_refused(eps: float) -> None:
    with pytest.raises(ParameterError, match="eps"):
        stochastic(coverage(0), Admission(problem(0, "rows")[0]), eps=eps)
