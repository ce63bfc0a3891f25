"""The order of candidates: kept, then by score, then by row; dropped ones never."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.constraints import Admission, in_question, ranked, ranked_by_share
from cribble.core import Budget, Pool
from cribble.core.errors import CribbleError
from cribble.kernels.shares import ALLOCATIONS, planned_order


def test_kept_rows_come_first_and_dropped_rows_not_at_all() -> None:
    limits = Budget(rows=3, keep=[4, 1], drop=[2]).resolve(Pool(6))
    assert ranked(limits, np.array([1, 0, 9, 5, 2, 5])).tolist() == [4, 1, 3, 5, 0]


def test_the_rows_of_largest_score_are_in_question_whatever_the_scores_are() -> None:
    asked = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n, k = 14, int(rng.integers(1, 8))
        pool = Pool(n, groups={"g": rng.choice(["a", "b", "c"], n).tolist()})
        quota = {"at_least": {"g": {"a": 1}}, "at_most": {"g": {"b": 2}}} if seed % 2 else {}
        try:
            limits = Budget(rows=k, keep=[3], drop=[5], **quota).resolve(pool)
        except CribbleError:
            continue
        # Few values, so that ties are among them.
        least = rng.integers(0, 4, n).astype(float)
        most = least + rng.integers(0, 3, n)
        rows = in_question(limits, least, most)
        scores = least + rng.random(n).round(1) * (most - least)
        picks = Admission(limits).add_in_order(ranked(limits, scores))
        assert set(picks) <= {*rows, 3}
        assert np.array_equal(
            in_question(limits, scores, scores, rows), in_question(limits, scores, scores)
        )
        asked += len(rows) < n - 1
    assert asked > 50


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.integers(-3, 3), st.sampled_from("  kd")), max_size=30
    ),
    wanted=st.integers(0, 30),
    allocation=st.sampled_from(ALLOCATIONS),
)
def test_shares_are_filled_as_if_all_rows_were_sorted(rows, wanted, allocation) -> None:
    """Kept and dropped rows, ties, groups that are too small or without rows."""
    codes = np.array([code for code, _, _ in rows], dtype=np.int64)
    scores = np.array([score for _, score, _ in rows], dtype=np.float64)
    keep = [row for row, (_, _, mark) in enumerate(rows) if mark == "k"]
    drop = [row for row, (_, _, mark) in enumerate(rows) if mark == "d"]
    count = min(max(wanted, len(keep)), len(rows) - len(drop))
    limits = Budget(rows=count, keep=keep, drop=drop).resolve(Pool(len(rows)))
    order = ranked(limits, scores)
    plan = planned_order(codes[order], 6, limits.rows, allocation)
    found = ranked_by_share(limits, scores, codes, 6, allocation)
    assert np.array_equal(found.shares, plan.shares)
    picks = Admission(limits).add_in_order(found.places)
    assert np.array_equal(picks, Admission(limits).add_in_order(order[plan.places]))


@pytest.mark.parametrize("budget", [Budget(cost=9, cost_column="cost"), Budget(rows=4)])
def test_under_other_limits_all_rows_are_listed(budget) -> None:
    codes, costs = np.array([0, 1, 1, 0, 1, 1]), np.array([9.0, 1, 2, 3, 4, 5])
    pool = Pool(6, signals={"cost": costs}, groups={"kind": codes})
    limited = Budget(rows=4, at_least={"kind": {"0": 2}}) if budget.cost is None else budget
    limits = limited.resolve(pool)
    found = ranked_by_share(limits, -costs, codes, 2, "equal").places
    order = ranked(limits, -costs)
    plan = planned_order(codes[order], 2, limits.rows, "equal")
    assert found.tolist() == order[plan.places].tolist()
    assert len(found) == 6
