"""Fair streaming over pools: its share of the optimum within limits, with kept and dropped rows."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.core.errors import ParameterError, UnsupportedLimitError
from cribble.selectors.constrained.fair_streaming import FairStreaming
from oracles.feasible import feasible_sets
from oracles.streamed import NAMES, Case


@pytest.mark.parametrize("name", NAMES)
def test_limits_hold_to_the_row_and_the_share_of_the_optimum_is_kept(name: str) -> None:
    method = FairStreaming(objective=name)
    for seed in range(70):
        case = Case(seed, name)
        codes = np.append(np.random.default_rng(seed).integers(0, 2, 8), 2)
        groups = ["abc"[code] for code in codes]
        pool = Pool.from_array(case.X, groups={"g": Groups(codes, tuple("abc"))})
        budget = Budget(
            rows=4,
            at_least={"g": {"a": min(2, groups.count("a")), "c": 1}},
            at_most={"g": {"b": 2}} if "b" in groups and groups.count("a") > 0 else {},
            keep=[1] * (seed % 2),
            drop=[7] if groups[:7].count("a") > 2 else [],
        )
        sets = feasible_sets(pool, budget)
        if not sets:
            continue
        chosen = method.select(pool, budget, seed)
        assert frozenset(chosen.indices.tolist()) in sets
        best, base = case.best(map(sorted, sets)), case.value(list(budget.keep))
        value = case.value(chosen.indices)
        assert value - base >= (best - base) / 4 - 1e-4
        assert chosen.value == pytest.approx(value, rel=1e-4, abs=1e-4)


def test_costs_and_unknown_parameters_are_refused() -> None:
    pool = Pool(3, signals={"embedding": np.eye(3), "tokens": np.ones(3)})
    with pytest.raises(UnsupportedLimitError, match="facility-location"):
        FairStreaming().select(pool, Budget(cost=2))
    for given in ({"objective": "none"}, {"similarity": "none"}, {"reference": 0}):
        with pytest.raises(ParameterError):
            FairStreaming(**given)
