"""Turns over short heads of rankings equal turns over whole rankings."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.kernels.topk import Nearest
from cribble.optimizers import round_robin as module
from cribble.optimizers.round_robin import round_robin


def admission(budget: Budget, size: int) -> Admission:
    pool = Pool(
        size,
        signals={"tokens": 1.0 + np.arange(size) % 4},
        groups={"source": np.arange(size) % 3},
    )
    return Admission(budget.resolve(pool))


class Table:
    """A search over a table of scores, (t, n), that remembers what it was asked."""

    def __init__(self, scores):
        self.scores = scores
        self.asked = []

    def __call__(self, count, blocked):
        self.asked.append((count, int(blocked.sum())))
        groups = len(self.scores)
        rows = np.full((groups, count), -1)
        scores = np.full((groups, count), -np.inf)
        for group, line in enumerate(self.scores):
            order = np.lexsort((np.arange(len(line)), -line))
            order = order[~blocked[order]][:count]
            rows[group, : len(order)] = order
            scores[group, : len(order)] = line[order]
        return Nearest(scores, rows, np.where(rows < 0, -1, 10 + np.arange(groups)[:, None]))


BUDGETS = st.sampled_from(
    [
        Budget(rows=12),
        Budget(rows=30),
        Budget(rows=0),
        Budget(rows=10, keep=[3, 1], drop=[0, 9]),
        Budget(rows=9, at_least={"source": {"2": 6}}, at_most={"source": {"0": 1}}),
        Budget(cost=23.0),
        Budget(cost=23.0, at_least={"source": {"1": 4}}),
    ]
)


@given(BUDGETS, st.integers(0, 99), st.integers(1, 5), st.integers(1, 9), st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_short_heads_change_nothing(budget, seed, rankings, length, longest):
    scores = np.random.default_rng(seed).integers(0, 6, (rankings, 30)).astype(float)
    plain, turn, expected = admission(budget, 30), 0, []
    while not plain.done:
        group = turn % rankings
        best = max(filter(plain.admits, range(30)), key=lambda row: (scores[group, row], -row))
        plain.add(best)
        expected.append((group, scores[group, best]))
        turn += 1
    found, table = admission(budget, 30), Table(scores)
    with mock.patch.multiple(module, _DEPTH=0, _LEAST_DEPTH=length):
        turns = round_robin(found, table, rankings, longest * rankings * 48)
    assert max((count for count, _ in table.asked), default=0) <= longest
    assert found.picks == plain.picks
    assert list(zip(turns.rankings, turns.scores, strict=True)) == expected
    assert turns.owners.tolist() == [10 + group for group, _ in expected]
    assert turns.passes == len(table.asked)


def test_searches_twice_as_deep_each_time_up_to_what_memory_holds(monkeypatch):
    monkeypatch.setattr(module, "_DEPTH", 0)
    monkeypatch.setattr(module, "_LEAST_DEPTH", 2)
    table = Table(np.tile(np.arange(64.0), (4, 1)))
    turns = round_robin(admission(Budget(rows=60), 64), table, 4, 12 * 4 * 48)
    assert [count for count, _ in table.asked[:5]] == [2, 4, 8, 12, 12]
    assert [blocked for _, blocked in table.asked[:5]] == [0, 2, 6, 14, 26]
    assert turns.passes == len(table.asked)


def test_a_head_that_is_deep_enough_is_searched_once():
    table = Table(np.random.default_rng(0).random((5, 50)))
    assert round_robin(admission(Budget(rows=20), 50), table, 5, 1 << 20).passes == 1


@pytest.mark.parametrize("budget", [Budget(rows=0), Budget(rows=1, keep=[2])])
def test_nothing_to_pick_is_not_searched(budget):
    table = Table(np.ones((2, 5)))
    assert round_robin(admission(budget, 5), table, 2, 1).passes == 0
    assert table.asked == []
