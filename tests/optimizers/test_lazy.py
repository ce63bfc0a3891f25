import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.constraints.matroid import Graphic, MatroidAdmission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.concave import SHAPES, ConcaveOverSums
from cribble.objectives.facility_location import Affinity, FacilityLocation
from cribble.optimizers.greedy import greedy
from cribble.optimizers.lazy import lazy
from oracles.coverage import KINDS, coverage, optimum, problem


@pytest.mark.parametrize("by_cost", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_lazy_picks_what_greedy_picks_index_by_index(kind: str, by_cost: bool) -> None:
    for seed in range(40):
        objective, (limits, _) = coverage(seed, n=25, points=20), problem(seed, kind, 25)
        plain = greedy(objective, Admission(limits), by_cost=by_cost)
        objective.reset()
        quick = lazy(objective, Admission(limits), by_cost=by_cost)
        assert quick.indices.tolist() == plain.indices.tolist()
        assert quick.gains.tolist() == plain.gains.tolist()
        assert quick.value == plain.value


@pytest.mark.parametrize("memory", [0, 1 << 20])
@pytest.mark.parametrize("similarity", ["phantom", "cosine"])
def test_lazy_picks_what_greedy_picks_where_gains_are_screened(
    similarity: str, memory: int
) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((60, 3)).round(1).astype(np.float32)
        X[30:40] = X[20:30]
        limits = Budget(rows=25, drop=[5]).resolve(Pool.from_array(X))
        affinity = Affinity.of(X, similarity)
        plain = greedy(FacilityLocation(affinity, memory=0), Admission(limits))
        quick = lazy(FacilityLocation(affinity, memory=memory), Admission(limits))
        assert quick.indices.tolist() == plain.indices.tolist()
        assert quick.gains.tolist() == plain.gains.tolist()
        # Greedy sees all gains at every step, so its certificate is at least as tight.
        assert plain.value <= plain.upper_bound <= quick.upper_bound + 1e-9


@pytest.mark.parametrize("by_cost", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_lazy_picks_what_greedy_picks_where_bounds_rule_rows_out(shape: str, by_cost: bool) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        features = (rng.random((90, 6)) * (rng.random((90, 6)) < 0.6)).round(2)
        features[40:60] = features[20:40]
        objective = ConcaveOverSums(features, shape, caps=3 * rng.random(6))
        limits, _ = problem(seed, "cost" if by_cost else "rows", 90)
        plain = greedy(objective, Admission(limits), by_cost=by_cost)
        objective.reset()
        quick = lazy(objective, Admission(limits), by_cost=by_cost)
        assert quick.indices.tolist() == plain.indices.tolist()
        assert quick.gains.tolist() == plain.gains.tolist()
        assert plain.value <= plain.upper_bound <= quick.upper_bound + 1e-9


@pytest.mark.parametrize("kind", ["groups", "keep", "all", "matroid"])
def test_a_row_that_limits_refuse_rules_no_other_out(kind: str) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        features = (rng.random((30, 6)) * (rng.random((30, 6)) < 0.6)).round(2)
        graph = Graphic(rng.integers(0, 8, (30, 2)))
        limits = problem(seed, "rows" if kind == "matroid" else kind, 30)[0]
        runs = []
        for walk in (greedy, lazy):
            admission = MatroidAdmission(limits, graph) if kind == "matroid" else Admission(limits)
            runs.append(walk(ConcaveOverSums(features, "sqrt"), admission))
        assert runs[0].indices.tolist() == runs[1].indices.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_the_certificate_is_never_below_the_optimum(kind: str) -> None:
    certified = []
    for seed in range(60):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = lazy(objective, Admission(limits))
        best = optimum(objective, limits)
        assert run.value <= best <= run.upper_bound + 1e-9
        certified.append(run.value / run.upper_bound)
    if kind == "rows":
        assert min(certified) >= 1 - 1 / np.e


def test_lazy_evaluates_few_rows() -> None:
    objective = coverage(0, n=2000, points=400, share=0.02)
    pool = Pool(2000)
    run = lazy(objective, Admission(Budget(rows=40).resolve(pool)))
    assert run.evaluations < 0.15 * 2000 * 40


def test_an_objective_that_is_not_submodular_is_refused() -> None:
    objective = coverage(0)
    objective.submodular = False
    with pytest.raises(ParameterError, match="use greedy"):
        lazy(objective, Admission(problem(0, "rows")[0]))
