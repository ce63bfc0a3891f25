"""Top score against brute force over every set that the limits allow."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import Budget, Pool
from cribble.core.errors import CribbleError
from cribble.selectors.baselines.top_score import TopScore


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 10), st.booleans())
def test_no_feasible_set_scores_better(seed: int, n: int, largest: bool) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-3, 9, n).astype(np.float32)
    codes = rng.integers(0, 3, n)
    k = int(rng.integers(0, n + 1))
    keep = rng.choice(n, min(n, int(rng.integers(0, 2))), replace=False)
    lower, upper = rng.integers(0, 3, 3), rng.integers(1, 6, 3)
    named = [str(code) for code in np.unique(codes)]
    pool = Pool(n, signals={"quality": scores}, groups={"source": [str(c) for c in codes]})
    budget = Budget(
        rows=k,
        at_least={"source": {name: int(lower[int(name)]) for name in named}},
        at_most={"source": {name: int(upper[int(name)]) for name in named}},
        keep=keep,
    )
    try:
        chosen = TopScore(largest=largest).select(pool, budget)
    except CribbleError:
        return
    best = max(
        (scores if largest else -scores)[list(rows)].sum()
        for rows in itertools.combinations(range(n), k)
        if set(keep) <= set(rows)
        and all(
            lower[int(name)] <= (codes[list(rows)] == int(name)).sum() <= upper[int(name)]
            for name in named
        )
    )
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
