"""Sieve-streaming over pools: its share of the optimum, with kept and dropped rows too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, UnsupportedLimitError
from cribble.selectors.constrained.sieve_streaming import SieveStreaming
from oracles.streamed import NAMES, Case


@pytest.mark.parametrize("name", NAMES)
def test_limits_leave_the_guarantee_and_the_bound(name: str) -> None:
    method = SieveStreaming(objective=name)
    for seed in range(70):
        case = Case(seed, name)
        budget = Budget(rows=3, keep=[seed % 3] * (seed % 2), drop=[8])
        chosen = method.select(Pool.from_array(case.X), budget, seed)
        sets = [set(rows) for rows in combinations(range(8), 3) if set(budget.keep) <= set(rows)]
        best, base = case.best(map(sorted, sets)), case.value(list(budget.keep))
        value = case.value(chosen.indices)
        assert set(chosen.indices.tolist()) in sets
        assert value - base >= (best - base) / 2.2 - 1e-5
        assert chosen.value == pytest.approx(value, rel=1e-4, abs=1e-4)
        assert chosen.upper_bound >= best - 1e-4


def test_a_sampled_reference_estimates_the_value_and_certifies_nothing() -> None:
    case = Case(4, "facility-location", n=2_000, d=5)
    pool = Pool.from_array(case.X)
    chosen = SieveStreaming(reference=400).select(pool, Budget(rows=20))
    assert chosen.upper_bound is None
    assert chosen.stats["reference"] == 400
    assert chosen.value == pytest.approx(case.value(chosen.indices), rel=0.1)
    assert len(chosen) <= chosen.stats["held"] < 300


def test_what_one_pass_cannot_hold_is_refused() -> None:
    pool = Pool(3, signals={"embedding": np.eye(3), "tokens": np.ones(3)})
    with pytest.raises(UnsupportedLimitError, match="fair-streaming"):
        SieveStreaming().select(pool, Budget(rows=1, at_most={"source": {"a": 1}}))
    for given in ({"objective": "none"}, {"similarity": "none"}, {"reference": 0}, {"eps": 0.0}):
        with pytest.raises(ParameterError):
            SieveStreaming(**given)
