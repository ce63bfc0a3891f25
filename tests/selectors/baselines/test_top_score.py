"""Top score against brute force over every set that the limits allow."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cribble.core import Budget, Pool
from cribble.selectors.baselines.top_score import TopScore
from cribble.testing.strategies import feasible_problems
from oracles.feasible import feasible_sets


@settings(max_examples=150)
@given(feasible_problems(most=9), st.booleans())
def test_no_feasible_set_of_as_many_rows_scores_better(
    problem: tuple[Pool, Budget], largest: bool
) -> None:
    pool, budget = problem
    assume(budget.cost is None)
    sets = feasible_sets(pool, budget)
    scores = pool.signal("quality") * (1 if largest else -1)
    best = max(scores[list(rows)].sum() for rows in sets)
    chosen = TopScore(largest=largest).select(pool, budget)
    assert frozenset(chosen.indices.tolist()) in sets
    assert chosen.value == chosen.upper_bound == best
    assert chosen.gains is not None
    assert chosen.gains.sum() == best


def test_equal_scores_go_to_the_lowest_rows() -> None:
    pool = Pool(6, signals={"quality": np.array([1, 2, 2, 1, 2, 1])})
    assert TopScore().select(pool, Budget(rows=4)).indices.tolist() == [1, 2, 4, 0]
    small = TopScore(largest=False).select(pool, Budget(rows=4))
    assert small.indices.tolist() == [0, 3, 5, 1]
    assert small.explain(0).score == -1.0


def test_a_cost_budget_takes_the_best_that_fit_and_claims_no_bound() -> None:
    signals = {"quality": [5.0, 4.0, 3.0, 2.0], "tokens": [6.0, 7.0, 3.0, 1.0]}
    chosen = TopScore().select(Pool(4, signals=signals), Budget(cost=10))
    assert chosen.indices.tolist() == [0, 2, 3]
    assert chosen.upper_bound is None
