"""Admission against brute force over every subset of a small pool."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import BudgetError, QuotaError
from cribble.testing.strategies import feasible_problems, problems
from oracles.feasible import feasible_sets


@settings(max_examples=300)
@given(problems())
def test_a_budget_is_refused_exactly_when_no_set_holds_it(problem: tuple[Pool, Budget]) -> None:
    pool, budget = problem
    if feasible_sets(pool, budget):
        budget.resolve(pool)
    else:
        with pytest.raises((BudgetError, QuotaError)):
            budget.resolve(pool)


def _replay(budget: Budget, pool: Pool, picks: frozenset[int]) -> Admission:
    admission = Admission(budget.resolve(pool))
    for row in sorted(picks - set(budget.keep)):
        admission.add(row)
    return admission


@settings(max_examples=100)
@given(feasible_problems(most=6))
def test_a_row_is_admitted_exactly_when_some_full_set_extends_it(
    problem: tuple[Pool, Budget],
) -> None:
    """Over every set that admissions can reach, in every order."""
    pool, budget = problem
    full = feasible_sets(pool, budget)
    seen: set[frozenset[int]] = set()
    reached = [frozenset(budget.keep)]
    while reached:
        picks = reached.pop()
        if picks in seen:
            continue
        seen.add(picks)
        admission = _replay(budget, pool, picks)
        extendable = [
            row not in picks and any(picks | {row} <= one for one in full)
            for row in range(len(pool))
        ]
        assert [admission.admits(row) for row in range(len(pool))] == extendable
        assert admission.open_rows().tolist() == extendable
        assert admission.done == (not any(extendable))
        assert (picks in full) or not admission.done
        reached += [picks | {row} for row, may in enumerate(extendable) if may]


@settings(max_examples=300)
@given(feasible_problems(most=9), st.randoms(use_true_random=False))
def test_a_walk_ends_full_in_any_order_and_equals_single_steps(
    problem: tuple[Pool, Budget], chance: Any
) -> None:
    pool, budget = problem
    limits = budget.resolve(pool)
    order = list(range(len(pool)))
    chance.shuffle(order)
    cut = chance.randint(0, len(order))
    walked = Admission(limits)
    walked.add_in_order(np.array(order[:cut], dtype=np.int64))
    picks = walked.add_in_order(np.array(order[cut:], dtype=np.int64))
    stepped = Admission(limits)
    ceilings = [stepped.ceiling.copy()]
    for row in order:
        if stepped.admits(row):
            stepped.add(row)
            ceilings.append(stepped.ceiling.copy())
    assert picks.tolist() == stepped.picks
    assert frozenset(picks.tolist()) in feasible_sets(pool, budget)
    assert walked.done
    assert walked.spent == stepped.spent
    np.testing.assert_array_equal(walked.ceiling, stepped.ceiling)
    assert all((later <= earlier).all() for earlier, later in itertools.pairwise(ceilings))


def test_kept_rows_come_first_and_count() -> None:
    pool = Pool(6, groups={"source": list("aabbcc")})
    budget = Budget(rows=3, keep=[5, 2], at_most={"source": {"c": 1}})
    picks = Admission(budget.resolve(pool)).add_in_order(np.arange(6))
    assert picks.tolist() == [2, 5, 0]


@pytest.mark.parametrize("number", [7, 1000])
def test_costs_whose_float_sums_miss_the_budget_by_the_last_bits_still_fit(number: int) -> None:
    costs = np.full(number, 0.1)
    pool = Pool(number, signals={"tokens": costs}, groups={"source": ["a"] * number})
    for limits in ({}, {"keep": range(number)}, {"at_least": {"source": {"a": number}}}):
        admission = Admission(Budget(cost=number / 10, **limits).resolve(pool))
        assert len(admission.add_in_order(np.arange(number))) == number


@given(st.floats(0.01, 0.99))
def test_a_minimum_is_met_when_rounding_takes_the_last_slack(held: float) -> None:
    """The first row takes all that the tolerance leaves; the reserved one must still enter."""
    dearest = 1.0 * (1 + 1e-12) - held
    pool = Pool(2, signals={"tokens": [dearest, held]}, groups={"source": ["a", "b"]})
    admission = Admission(Budget(cost=1.0, at_least={"source": {"b": 1}}).resolve(pool))
    assert admission.add_in_order(np.array([0, 1])).tolist() == [0, 1]


def test_a_row_that_costs_as_much_as_the_dearest_reserved_one_takes_its_place() -> None:
    signals = {"tokens": [1.0, 2.0, 2.0, 3.0]}
    pool = Pool(4, signals=signals, groups={"source": ["a"] * 4})
    admission = Admission(Budget(cost=4, at_least={"source": {"a": 2}}).resolve(pool))
    assert admission.add_in_order(np.array([2, 3, 1])).tolist() == [2, 1]
