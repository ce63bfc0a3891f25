"""Orders are those of a stable sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cribble.core.ordering import group_order, stable_order

NUMBERS = st.one_of(st.sampled_from([-np.inf, -1.0, -0.0, 0.0, 1.0, np.inf]), st.floats(width=32))


@given(hnp.arrays(np.float64, st.integers(0, 60), elements=NUMBERS.filter(lambda one: one == one)))
def test_equals_come_in_the_order_of_their_rows(keys) -> None:
    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


def test_long_runs_of_equals_too() -> None:
    rng = np.random.default_rng(0)
    for keys in (rng.integers(0, 3, 5_000), np.zeros(5_000), rng.random(5_000).round(3)):
        assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()


@given(st.integers(1, 70_000), st.integers(0, 40), st.integers(0, 9))
def test_groups_follow_one_another(groups: int, size: int, seed: int) -> None:
    codes = np.random.default_rng(seed).integers(0, groups, size)
    assert group_order(codes, groups).tolist() == np.argsort(codes, kind="stable").tolist()
    assert group_order(codes[:0], 0).tolist() == []
