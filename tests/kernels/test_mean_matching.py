"""Mean matching against its twin, which tries every row at every step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from cribble.kernels.mean_matching import mean_matching
from cribble.kernels.reference import mean_matching as twin


@given(st.integers(0, 10_000), st.integers(0, 9), st.integers(0, 9), st.integers(0, 3))
def test_each_row_is_the_best_by_the_rule(seed, rows, count, kept):
    draws = np.random.default_rng(seed)
    X = draws.normal(size=(rows, 3))
    first = draws.permutation(rows)[:kept]
    found = mean_matching(X, count, first).tolist()
    assert found[: len(first)] == first.tolist()
    assert sorted(found) == list(range(rows))
    ordered = max(count, len(first))
    for step in range(len(first), rows):
        # After the asked rows, the others stand in the order that the next step would take them.
        before = found[: min(step, ordered)]
        left = [twin.gap(X, [*before, row]) for row in found[step:]]
        assert left[0] <= min(left) + 1e-12


def test_of_equal_rows_the_lowest_comes_first():
    X = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
    assert mean_matching(X, 2).tolist()[:2] == [0, 3]


def test_threads_change_nothing():
    X = np.random.default_rng(1).normal(size=(3000, 40)).astype(np.float32)
    orders = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            orders.append(mean_matching(X, 60).tolist())
    assert orders[0] == orders[1]


@pytest.mark.parametrize("count", [10, 40, 160])
def test_means_are_nearer_than_those_of_random_rows(count):
    draws = np.random.default_rng(2)
    X = draws.normal(size=(400, 5))
    gap = np.linalg.norm(X[mean_matching(X, count)[:count]].mean(axis=0) - X.mean(axis=0))
    random = [
        np.linalg.norm(X[draws.permutation(400)[:count]].mean(axis=0) - X.mean(axis=0))
        for _ in range(50)
    ]
    assert gap < min(random)
    # Herding in finite dimension: the error falls as 1 / k.
    assert gap * count < 5
