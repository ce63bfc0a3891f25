"""The order of candidates: kept, then by score, then by row; dropped ones never."""

from __future__ import annotations

import numpy as np

from cribble.constraints import Admission, in_question, ranked
from cribble.core import Budget, Pool
from cribble.core.errors import CribbleError


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
