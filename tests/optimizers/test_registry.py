import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives.graph_cut import GraphCut
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.registry import OPTIMIZERS, check_optimizer, optimize
from oracles.coverage import KINDS, coverage, feasible, optimum, problem


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_holds_every_limit_and_certifies(name: str, kind: str) -> None:
    for seed in range(20):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        run = optimize(objective, limits, name, seed)
        assert feasible(limits, tuple(run.indices.tolist()))
        assert run.value <= optimum(objective, limits) <= run.upper_bound + 1e-9
        assert run.value == objective.value


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_minima_are_met_by_rows_that_lower_the_value_and_nothing_else_is_added(name: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 4))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    pool = Pool(30, signals={"tokens": np.ones(30)}, groups={"g": np.arange(30) % 3})
    limits = Budget(cost=25, at_least={"g": {"1": 7}}).resolve(pool)
    run = optimize(GraphCut(X, lam=5.0), limits, name)
    codes = limits.groups.codes[run.indices]
    assert np.count_nonzero(codes == 1) == 7
    assert (run.gains[codes != 1] >= 0).all()
    assert run.gains.min() < 0
    assert run.upper_bound is None


def test_lazy_is_the_default_and_unknown_names_are_refused() -> None:
    objective, (limits, _) = coverage(2), problem(2, "cost")
    default = optimize(objective, limits)
    objective.reset()
    assert default.indices.tolist() == maximize(objective, limits).indices.tolist()
    with pytest.raises(ParameterError, match="lazy or stochastic"):
        check_optimizer("lazier")
