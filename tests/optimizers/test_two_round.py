from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings

from cribble.constraints import Admission
from cribble.core import Budget, CribbleError, Pool
from cribble.core.errors import ParameterError
from cribble.optimizers.greedy import greedy
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.two_round import (
    assign_shards,
    bound_after,
    first_round,
    narrow,
    two_round,
)
from cribble.testing.strategies import feasible_problems
from oracles.coverage import KINDS, Coverage, coverage, feasible, optimum, problem
from oracles.feasible import feasible_sets


def _opener(objective: Coverage):
    return lambda rows: Coverage(objective.table[rows], objective.weights)


@pytest.mark.parametrize(("kind", "share"), [("rows", (1 - 1 / np.e) / 2), ("groups", 0.25)])
def test_the_expected_value_reaches_its_share_of_the_optimum(kind: str, share: float) -> None:
    lost = 0
    for seed in range(200):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        best = optimum(objective, limits)
        values = []
        for draw in range(1 + seed % 2):
            found = two_round(_opener(objective), limits, 2 + seed % 3, draw)
            picks = tuple(found.run.indices.tolist())
            assert feasible(limits, picks)
            assert found.run.value == objective.of(picks)
            values.append(found.run.value)
            upper = bound_after(_opener(objective)(np.arange(10)), limits, found.run.indices)
            assert upper >= best
        assert np.mean(values) >= share * best
        lost += min(values) < best
    # Shards cost something: the test could fail.
    assert lost > 20


@pytest.mark.parametrize("kind", KINDS)
def test_every_limit_holds_and_no_shard_set_is_better(kind: str) -> None:
    for seed in range(15):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        for shards in (1, 3, 30):
            found = two_round(_opener(objective), limits, shards, seed)
            picks = tuple(found.run.indices.tolist())
            assert feasible(limits, picks)
            assert found.run.value == objective.of(picks) >= found.merged_value
            assert len(found.shard_values) == shards
            if shards == 1:
                whole = maximize(_opener(objective)(np.arange(10)), limits)
                assert found.run.value == whole.value
            if kind in ("rows", "keep") and shards < 4:
                assert found.run.value >= max(found.shard_values)


@settings(max_examples=80)
@given(feasible_problems())
def test_shards_hand_over_a_set_within_the_limits(case: tuple[Pool, Budget]) -> None:
    pool, budget = case
    limits = budget.resolve(pool)
    objective = coverage(len(pool), n=len(pool))
    for shards in (2, 4):
        found = two_round(_opener(objective), limits, shards, shards)
        assert frozenset(found.run.indices.tolist()) in feasible_sets(pool, budget)


def test_one_shard_is_greedy_and_the_seed_alone_places_rows() -> None:
    objective, (limits, _) = coverage(3), problem(3, "rows")
    alone = two_round(_opener(objective), limits, 1)
    assert alone.run.indices.tolist() == greedy(objective, Admission(limits)).indices.tolist()
    shard = assign_shards(0, 10_000, 7)
    assert np.array_equal(shard[:100], assign_shards(0, 100, 7))
    assert not np.array_equal(shard, assign_shards(1, 10_000, 7))
    # Five standard deviations of a binomial count.
    assert np.abs(np.bincount(shard) - 10_000 / 7).max() < 5 * np.sqrt(10_000 / 7)
    with pytest.raises(ParameterError):
        assign_shards(0, 10, 0)


def test_the_first_round_may_run_anywhere() -> None:
    objective, (limits, _) = coverage(5, n=40), problem(5, "rows", n=40)
    here = two_round(_opener(objective), limits, 6)
    with ThreadPoolExecutor(3) as threads:
        there = two_round(
            _opener(objective),
            limits,
            6,
            first_rounds=lambda parts, narrowed: threads.map(
                first_round, map(_opener(objective), parts), narrowed, parts
            ),
        )
    assert here.run.indices.tolist() == there.run.indices.tolist()
    assert here.shard_values == there.shard_values


def test_a_shard_asks_for_no_more_than_it_has() -> None:
    pool = Pool(6, groups={"g": list("aaabbb")}, signals={"tokens": np.array([9.0, 9, 1, 1, 1, 1])})
    limits = Budget(rows=4, at_least={"g": {"a": 2}}, at_most={"g": {"b": 2}}).resolve(pool)
    part = narrow(limits, np.array([2, 3, 4, 5]))
    assert (part.rows, part.lower.tolist(), part.upper[1]) == (3, [1, 0], 2)
    dear = Budget(cost=10, at_least={"g": {"a": 1, "b": 1}}).resolve(pool)
    assert narrow(dear, np.array([0, 3])).lower.tolist() == [1, 1]
    assert narrow(
        Budget(cost=5, at_least={"g": {"a": 1}}).resolve(pool), np.array([0, 3])
    ).lower.tolist() == [0, 0]
    with pytest.raises(CribbleError):
        Budget(cost=5, at_least={"g": {"a": 2}}).resolve(pool)
