"""Fair streaming over pools: its share of the optimum within limits, with kept and dropped rows."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.core.errors import (
    ParameterError,
    QuotaError,
    UnknownNameError,
    UnsupportedLimitError,
)
from cribble.selectors.constrained.fair_streaming import FairStreaming
from cribble.testing import check_selector
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
        assert best <= chosen.upper_bound + 1e-4
        assert chosen.value == pytest.approx(value, rel=1e-4, abs=1e-4)


def crossed(seed: int) -> tuple[Case, Pool]:
    case, rng = Case(seed, "feature-based", 12), np.random.default_rng(seed)
    groups = {"g": rng.choice(list("abc"), 12), "h": rng.choice(list("xyz"), 12)}
    groups["h"][:3], groups["g"][:3] = list("xyz"), list("abc")
    return case, Pool.from_array(case.X, groups=groups)


def test_a_second_grouping_is_held_to_its_maxima_and_half_of_its_minima() -> None:
    met, shares = 0, []
    for seed in range(60):
        case, pool = crossed(seed)
        budget = Budget(
            rows=5, at_most={"g": {"a": 2, "b": 2}}, at_least={"g": {"c": 1}}, keep=[3], drop=[5]
        )
        method = FairStreaming(
            objective="feature-based", across="h", least={"x": 2, "y": 1}, most={"x": 3, "z": 2}
        )
        h = np.array(pool.groups("h").names)[pool.groups("h").codes]
        sets = [
            sorted(rows)
            for rows in feasible_sets(pool, budget)
            if 2 <= sum(h[sorted(rows)] == "x") <= 3
            and sum(h[sorted(rows)] == "z") <= 2
            and "y" in h[sorted(rows)]
        ]
        if not sets:
            with pytest.raises(QuotaError):
                method.select(pool, budget, seed)
            continue
        chosen = method.select(pool, budget, seed)
        assert frozenset(chosen.indices.tolist()) in feasible_sets(pool, budget)
        counts = {name: int((h[chosen.indices] == name).sum()) for name in "xyz"}
        assert chosen.stats["counts"] == counts
        assert 1 <= counts["x"] <= 3
        assert counts["z"] <= 2
        value, base = case.value(chosen.indices), case.value([3])
        assert chosen.value == pytest.approx(value, rel=1e-4, abs=1e-4)
        assert case.best(sets) <= chosen.upper_bound + 1e-4
        if not chosen.stats["moved"]:
            assert value - base >= (case.best(sets) - base) / 16 - 1e-4
        shares.append(value / case.best(sets))
        met += counts["x"] >= 2 and counts["y"] >= 1
    assert len(shares) > 20
    assert met > len(shares) / 2
    assert np.mean(shares) > 0.8


def test_the_contract_holds_with_a_second_grouping() -> None:
    check_selector(FairStreaming(across="source", most={"a": 10**6}))


def test_contradictions_of_the_second_grouping_are_refused() -> None:
    _, pool = crossed(0)
    few = FairStreaming(across="h", most={"x": 0})
    with pytest.raises(QuotaError, match="kept"):
        few.select(pool, Budget(rows=3, keep=[0]))
    with pytest.raises(UnknownNameError, match="nowhere"):
        FairStreaming(across="h", least={"nowhere": 1}).select(pool, Budget(rows=3))
    with pytest.raises(UnknownNameError):
        FairStreaming(across="nothing").select(pool, Budget(rows=3))


def test_costs_and_unknown_parameters_are_refused() -> None:
    pool = Pool(3, signals={"embedding": np.eye(3), "tokens": np.ones(3)})
    with pytest.raises(UnsupportedLimitError, match="facility-location"):
        FairStreaming().select(pool, Budget(cost=2))
    for given in (
        {"objective": "none"},
        {"similarity": "none"},
        {"reference": 0},
        {"least": {"a": 1}},
        {"across": "g", "most": {"a": -1}},
    ):
        with pytest.raises(ParameterError):
            FairStreaming(**given)
