"""Shares against every allocation there is, and the order that takes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.kernels.reference import shares as reference
from cribble.kernels.shares import (
    equal_shares,
    nested_shares,
    planned_order,
    proportional_shares,
    share_order,
)

SIZES = st.lists(st.integers(0, 6), min_size=1, max_size=4).filter(any)


@given(SIZES, st.data())
def test_proportional_shares_are_as_near_to_proportion_as_any(
    sizes: list[int], data: st.DataObject
) -> None:
    """Largest remainder minimizes the summed absolute deviation from exact proportion."""
    rows = data.draw(st.integers(0, sum(sizes)))
    shares = tuple(proportional_shares(np.array(sizes), rows).tolist())
    every = reference.allocations(sizes, rows)
    assert shares in every
    assert reference.deviation(sizes, shares) == min(reference.deviation(sizes, x) for x in every)


@given(SIZES, st.data())
def test_equal_shares_are_as_level_as_the_sizes_allow(
    sizes: list[int], data: st.DataObject
) -> None:
    """Water-filling is the largest sorted vector of shares, smallest share first."""
    rows = data.draw(st.integers(0, sum(sizes)))
    shares = equal_shares(np.array(sizes), rows).tolist()
    every = reference.allocations(sizes, rows)
    assert tuple(shares) in every
    assert sorted(shares) == max(sorted(one) for one in every)
    assert shares == reference.taken_in_turn(sizes, rows)


def test_rows_left_over_go_to_the_largest_groups() -> None:
    assert equal_shares(np.array([5, 1, 10, 3]), 12).tolist() == [4, 1, 4, 3]
    assert equal_shares(np.array([5, 0, 10, 3]), 12).tolist() == [4, 0, 5, 3]
    assert equal_shares(np.array([3, 3, 3]), 5).tolist() == [2, 2, 1]


def test_the_top_of_a_tree_may_share_in_proportion() -> None:
    counts, parent = np.array([2, 6, 1, 3]), np.array([1, 1, 0, 0])
    assert nested_shares(counts, [parent], 6, "proportional").tolist() == [2, 2, 1, 1]
    assert nested_shares(counts, [parent], 6, "equal").tolist() == [1, 2, 1, 2]
    assert nested_shares(counts, [], 6, "equal").tolist() == [1, 2, 1, 2]


@given(st.lists(st.integers(0, 3), max_size=12), st.sampled_from(["proportional", "equal"]))
def test_a_planned_order_takes_the_shares_first_and_everything_in_the_end(
    codes: list[int], allocation: str
) -> None:
    groups = np.array(codes, dtype=np.int64)
    sizes = np.bincount(groups, minlength=4)
    share_out = equal_shares if allocation == "equal" else proportional_shares
    for rows in range(len(codes) + 1):
        places, shares = planned_order(groups, 4, rows, allocation)
        assert shares is not None
        assert shares.tolist() == share_out(sizes, rows).tolist()
        assert sorted(places.tolist()) == list(range(len(codes)))
        assert np.bincount(groups[places[:rows]], minlength=4).tolist() == shares.tolist()
        for group in range(4):
            own = places[groups[places] == group]
            assert own.tolist() == sorted(own.tolist()), "preference inside a group is lost"


def test_without_rows_to_plan_groups_take_turns() -> None:
    codes = np.array([0, 0, 0, 0, 1, 1])
    assert codes[planned_order(codes, 2, None, "equal").places].tolist() == [0, 1, 0, 1, 0, 0]
    assert codes[planned_order(codes, 2, None).places].tolist() == [0, 1, 0, 0, 1, 0]


def test_an_unknown_allocation_is_refused() -> None:
    with pytest.raises(ParameterError, match="proportional"):
        planned_order(np.array([0]), 1, 1, "optimal")


@given(
    st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 5), min_size=4, max_size=4)
)
def test_every_prefix_of_a_share_order_holds_the_shares(
    groups: list[int], weights: list[int]
) -> None:
    """Webster's rule, one place at a time: the next is the group whose next place is due first."""
    order = share_order(np.array(groups, dtype=np.int64), np.array(weights, dtype=np.float64))
    left = [[at for at, group in enumerate(groups) if group == one] for one in range(4)]
    seats = [0] * 4
    for found in order:
        due = {
            (seats[one] + 0.5) / weights[one]: None
            for one in range(4)
            if left[one] and weights[one]
        }
        group = groups[found]
        if due:
            assert weights[group]
            assert (seats[group] + 0.5) / weights[group] == min(due)
            assert left[group].pop(0) == found
        else:
            assert found == min(at for one in left for at in one)
            left[group].remove(int(found))
        seats[group] += 1
