"""Even draws: every row alike, within limits."""

from __future__ import annotations

import numpy as np

from cribble.constraints.even_draws import draw_evenly
from cribble.core import Budget, Pool

N = 30
POOL = Pool(N, groups={"g": ["a", "b"] * (N // 2)})


def test_an_even_draw_takes_every_row_alike_within_limits() -> None:
    budget, runs = Budget(rows=9, keep=[3, 4], drop=[0, 7]), 3_000
    counts = np.zeros(N)
    for seed in range(runs):
        rows = draw_evenly(budget.resolve(POOL), seed)
        assert rows[:2].tolist() == [3, 4]
        assert len(set(rows.tolist())) == 9
        counts[rows] += 1
    assert counts[[0, 7]].tolist() == [0, 0]
    free = np.delete(counts, [0, 3, 4, 7]) / runs
    assert abs(free - 7 / 26).max() < 4 * np.sqrt(7 / 26 * 19 / 26 / runs)
    few = draw_evenly(Budget(rows=8, at_most={"g": {"a": 1}}).resolve(POOL), 1)
    assert (few % 2 == 0).sum() <= 1
