from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool, Selection
from cribble.run.audit import audit


def held(picks, budget):
    groups = {"source": ["a", "a", "b", "b", "c"]}
    pool = Pool(5, signals={"tokens": np.array([1.0, 2, 3, 4, 5])}, groups=groups)
    return audit(Selection(indices=np.array(picks), method="m"), budget.resolve(pool))


def test_every_limit_is_told_with_what_was_reached():
    budget = Budget(
        rows=3,
        at_least={"source": {"a": 1}},
        at_most={"source": {"b": 2}},
        keep=[4],
        drop=[1],
    )
    table = held([4, 0, 2], budget)
    assert [(one["limit"], one["asked"], one["reached"]) for one in table] == [
        ("rows", 3, 3),
        ("source:a at least", 1, 1),
        ("source:b at most", 2, 1),
        ("kept rows", 1, 1),
        ("dropped rows picked", 0, 0),
    ]


def test_cost_is_summed_again():
    table = held([0, 2], Budget(cost=4.5))
    assert table == [{"limit": "cost at most", "asked": 4.5, "reached": 4.0}]


@pytest.mark.parametrize(
    ("picks", "budget", "broken"),
    [
        ([0, 1], Budget(rows=3), "rows 3, reached 2"),
        ([3, 4], Budget(cost=8), "cost at most 8, reached 9"),
        ([1, 2], Budget(rows=2, keep=[0]), "kept rows 1, reached 0"),
        ([0, 1], Budget(rows=2, drop=[0]), "dropped rows picked 0, reached 1"),
        ([0, 1], Budget(rows=2, at_most={"source": {"a": 1}}), "a at most 1, reached 2"),
        ([0, 1], Budget(rows=2, at_least={"source": {"b": 1}}), "b at least 1, reached 0"),
        ([0, 0], Budget(rows=2), "repeated"),
        ([0, 5], Budget(rows=2), "unknown"),
    ],
)
def test_a_broken_limit_is_a_fault(picks, budget, broken):
    with pytest.raises(RuntimeError, match=broken):
        held(picks, budget)
