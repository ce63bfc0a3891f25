"""Random reach and votes against plain twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.cascades import arrows_to, as_lists, reverse_reach, votes
from cribble.kernels.reference import cascades as twin

NEAR = np.array([[1, 2], [2, 5], [0, 3], [4, 2], [3, 5]], dtype=np.int32)


def test_reach_has_the_chances_of_all_graphs() -> None:
    weights = np.where(NEAR < 5, np.array([[0.5, 0.3]]), 0.0)
    arrows = arrows_to(NEAR, weights)
    table = np.zeros((5, 6))
    np.put_along_axis(table, NEAR.astype(np.int64), weights, axis=1)
    want = twin.reach_chances(table[:, :5])
    draws = 20_000
    roots = np.tile(np.arange(5), draws)
    sets, rows = reverse_reach(arrows, roots, np.random.default_rng(0))
    assert len(np.unique(sets * 5 + rows)) == len(sets)
    seen = np.zeros((5, 5))
    np.add.at(seen, (rows, roots[sets]), 1 / draws)
    np.testing.assert_allclose(seen, want, atol=4 * 0.5 / np.sqrt(draws))


def test_certain_arrows_give_reachability() -> None:
    arrows = arrows_to(NEAR, np.ones(NEAR.shape))
    sets, rows = reverse_reach(arrows, np.array([0, 4]), np.random.default_rng(0))
    assert sorted(rows[sets == 0].tolist()) == [0, 1, 2, 3, 4]
    assert sorted(rows[sets == 1].tolist()) == [0, 1, 2, 3, 4]
    assert as_lists(sets, rows, 5).rows.tolist() == [0, 1] * 5


@settings(max_examples=30)
@given(st.integers(0, 2**16), st.lists(st.integers(0, 8), max_size=5, unique=True))
def test_votes_equal_their_twin(seed: int, picks: list[int]) -> None:
    rng = np.random.default_rng(seed)
    near = np.array([rng.choice(np.delete(np.arange(9), i), 3, False) for i in range(9)])
    near = near.astype(np.int32)
    arrows = arrows_to(near, np.ones(near.shape))
    times = np.isin(near, picks).sum(axis=1)
    picked = np.isin(np.arange(9), picks)
    rows = np.arange(9)
    got = votes(arrows.start, arrows.sources, times, picked, 10.0, rows)
    np.testing.assert_allclose(got, twin.votes(near, picks, 10.0, rows))
