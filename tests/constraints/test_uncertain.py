from itertools import product

import numpy as np
import pytest

from cribble.constraints.uncertain import safe_costs
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.optimizers.knapsack import maximize
from oracles.coverage import coverage


def outcomes(mean: np.ndarray, spread: np.ndarray, chance: float) -> np.ndarray:
    """The low and the high value of costs with these moments, (2, n); high with ``chance``."""
    return np.array(
        [mean - spread * np.sqrt(chance / (1 - chance)), mean + spread * np.sqrt(1 / chance - 1)]
    )


@pytest.mark.parametrize("risk", [0.05, 0.2])
def test_the_true_cost_overruns_the_budget_at_any_time_with_at_most_the_risk(risk: float) -> None:
    closest = 0.0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        mean, chance = rng.integers(1, 9, 10).astype(float), float(rng.uniform(0.3, 1.2)) * risk
        spread = mean * np.sqrt(1 / chance - 1) * rng.uniform(0, chance, 10)
        assert outcomes(mean, spread, chance).min() >= 0
        pool = Pool(10, signals={"safe": safe_costs(mean, spread, risk)})
        budget = Budget(cost=22, cost_column="safe")
        picks = maximize(coverage(seed), budget.resolve(pool)).indices
        values = outcomes(mean[picks], spread[picks], chance)
        independent = 0.0
        for fate in product((0, 1), repeat=len(picks)):
            total = np.cumsum(values[list(fate), range(len(picks))])
            odds = chance ** sum(fate) * (1 - chance) ** (len(fate) - sum(fate))
            independent += odds * bool((total > 22 + 1e-9).any())
        together = chance * bool(values[1].sum() > 22 + 1e-9)
        assert max(independent, together) <= risk
        closest = max(closest, together / risk)
    # Costs that rise together come near the risk: nothing smaller can be charged in general.
    assert closest > 0.8


def test_what_is_known_for_sure_costs_what_it_costs_and_less_risk_costs_more() -> None:
    mean = np.array([1.0, 2, 3])
    assert safe_costs(mean, np.zeros(3)).tolist() == [1, 2, 3]
    assert safe_costs(mean, np.ones(3), risk=0.5).tolist() == [2, 3, 4]
    assert (safe_costs(mean, np.ones(3), 0.01) > safe_costs(mean, np.ones(3), 0.1)).all()


def test_bad_input_is_refused() -> None:
    ones = np.ones(3)
    for risk in (0.0, 1.0, np.nan):
        with pytest.raises(ParameterError, match="risk"):
            safe_costs(ones, ones, risk)
    with pytest.raises(ParameterError, match="spread"):
        safe_costs(ones, np.ones(2))
    with pytest.raises(SignalError, match="row 1 has -1"):
        safe_costs(ones, np.array([0.0, -1, 0]))
    with pytest.raises(SignalError, match="mean cost"):
        safe_costs(np.array([0.0, np.nan, 0]), ones)
