"""Stratified: the shares that are reached, and the choice inside a stratum against chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.baselines.stratified import Stratified


def _pool(sizes: list[int]) -> Pool:
    """Strata named by their place, rows of all strata interleaved."""
    values = [str(code) for code, size in enumerate(sizes) for _ in range(size)]
    return Pool(len(values), groups={"group": values[::2] + values[1::2]})


def _shares(sizes: list[int], rows: int, allocation: str) -> list[int]:
    chosen = Stratified(allocation=allocation).select(_pool(sizes), Budget(rows=rows))
    assert chosen.stats["planned"] == chosen.stats["reached"]
    return [chosen.stats["reached"].get(str(code), 0) for code in range(len(sizes))]


def test_ties_go_to_the_first_stratum() -> None:
    assert _shares([3, 3, 3], 4, "proportional") == [2, 1, 1]
    assert _shares([3, 3, 3], 5, "equal") == [2, 2, 1]
    assert _shares([1, 9, 9], 6, "equal") == [1, 3, 2]


@pytest.mark.parametrize("allocation", ["proportional", "equal"])
def test_rows_of_a_stratum_are_picked_equally_often(allocation: str) -> None:
    pool, runs = _pool([12, 6]), 1_500
    method = Stratified(allocation=allocation)
    counts = np.zeros(18)
    for seed in range(runs):
        counts[method.select(pool, Budget(rows=6), seed).indices] += 1
    codes = pool.groups("group").codes
    for code in (0, 1):
        assert stats.chisquare(counts[codes == code]).pvalue > 0.001


def test_dropped_rows_leave_the_sizes_and_kept_rows_count_in_their_stratum() -> None:
    pool = Pool(12, groups={"group": ["a"] * 6 + ["b"] * 6})
    budget = Budget(rows=4, drop=[0, 1, 2, 3], keep=[4, 11])
    chosen = Stratified(allocation="proportional").select(pool, budget)
    assert chosen.stats["planned"] == {"a": 1, "b": 3}
    assert chosen.stats["reached"] == {"a": 1, "b": 3}
    assert chosen.indices[:2].tolist() == [4, 11]


def test_other_limits_bend_the_shares_and_not_the_other_way_round() -> None:
    pool = Pool(12, groups={"group": ["a"] * 6 + ["b"] * 6, "kind": ["x", "y"] * 6})
    budget = Budget(rows=6, at_most={"group": {"a": 1}})
    assert Stratified().select(pool, budget).stats["reached"] == {"a": 1, "b": 5}
    budget = Budget(rows=6, at_least={"kind": {"x": 5}})
    chosen = Stratified().select(pool, budget)
    assert len(chosen) == 6
    assert (chosen.indices % 2 == 0).sum() >= 5


def test_under_a_cost_budget_strata_take_turns() -> None:
    pool = Pool(12, signals={"tokens": np.ones(12)}, groups={"group": ["a"] * 8 + ["b"] * 4})
    assert Stratified(allocation="equal").select(pool, Budget(cost=6)).stats["reached"] == {
        "a": 3,
        "b": 3,
    }
    assert Stratified().select(pool, Budget(cost=6)).stats["reached"] == {"a": 4, "b": 2}


def test_an_unknown_allocation_is_refused() -> None:
    with pytest.raises(ParameterError, match="proportional"):
        Stratified(allocation="optimal")
