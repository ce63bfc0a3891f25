"""The compiled walk under a cost budget against its twin."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.constraints import Admission
from cribble.core import Budget, Groups, Pool
from cribble.kernels.reference import knapsack as reference


@settings(max_examples=100)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 5))
def test_pay_in_order_equals_its_twin(seed: int, n: int, number: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, number, n)
    costs = rng.integers(0, 20, n).astype(np.float64)
    names = tuple(f"g{i}" for i in range(number))
    size = np.bincount(codes, minlength=number)
    lower = rng.integers(0, size // 3 + 1)
    upper = np.maximum(lower, rng.integers(0, size + 1))
    drop = rng.choice(n, n // 5, replace=False) if (lower == 0).all() else []
    least = sum(np.sort(costs[codes == c])[: lower[c]].sum() for c in range(number))
    cost = float(least + rng.integers(0, 60))
    pool = Pool(n, signals={"tokens": costs}, groups={"source": Groups(codes, names)})
    budget = Budget(
        cost=cost,
        at_least={"source": dict(zip(names, lower.tolist(), strict=True))},
        at_most={"source": dict(zip(names, upper.tolist(), strict=True))},
        drop=drop,
    )
    order = rng.permutation(n)
    picks = Admission(budget.resolve(pool)).add_in_order(order)
    usable = ~np.isin(np.arange(n), drop)
    expected = reference.pay_in_order(order, codes, costs, lower, upper, usable, [], cost)
    assert picks.tolist() == expected
