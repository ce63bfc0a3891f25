from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.executors import Local
from cribble.kernels.reference.distances import farthest_row
from cribble.kernels.reference.separation import distances
from cribble.selectors.coverage.k_center import KCenter
from cribble.testing import check_selector


def rows(seed: int, n: int, d: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


@pytest.mark.parametrize("method", [KCenter(), KCenter(first="farthest")])
def test_it_holds_the_contract(method: KCenter) -> None:
    check_selector(method)


def test_the_radius_is_at_most_twice_the_least() -> None:
    ratios = []
    for seed in range(200):
        X, k = rows(seed, 9), 1 + seed % 4
        table = distances(X)
        least = min(table[:, picks].min(axis=1).max() for picks in combinations(range(9), k))
        radius = KCenter().select(Pool.from_array(X), Budget(rows=k), seed).stats["radius"]
        assert least <= radius * (1 + 1e-12)
        assert radius <= 2 * least
        ratios.append(radius / least)
    assert max(ratios) > 1


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_gains_fall_and_assignment_and_radius_are_exact(seed: int, kept: int) -> None:
    X = rows(seed, 40, 3)
    chosen = KCenter().select(Pool.from_array(X), Budget(rows=12, keep=list(range(kept))), seed)
    table = distances(X)[:, chosen.indices]
    assert chosen.gains[0] == np.inf
    expected = [table[row, :rank].min() for rank, row in enumerate(chosen.indices) if rank]
    np.testing.assert_allclose(chosen.gains[1:], expected, rtol=1e-12)
    assert (np.diff(chosen.gains[max(1, kept) :]) <= 0).all()
    assert np.array_equal(chosen.assignment, table.argmin(axis=1))
    assert chosen.stats["radius"] == pytest.approx(table.min(axis=1).max(), rel=1e-12)
    assert chosen.value is None


def test_kept_rows_are_centers_from_the_start() -> None:
    X = rows(1, 50)
    alone = KCenter().select(Pool.from_array(X), Budget(rows=10), seed=3)
    first = int(alone.indices[0])
    after = KCenter().select(Pool.from_array(X), Budget(rows=10, keep=[first]), seed=9)
    assert np.array_equal(alone.indices, after.indices)


def test_blocked_rows_are_passed_over_for_the_next_farthest() -> None:
    X = rows(2, 30)
    chosen = KCenter().select(Pool.from_array(X), Budget(rows=8, drop=[4, 5, 6, 7], keep=[0]))
    open_rows = np.ones(30, dtype=bool)
    open_rows[[0, 4, 5, 6, 7]] = False
    picks = [0]
    while len(picks) < 8:
        picks.append(farthest_row(X, picks, open_rows))
        open_rows[picks[-1]] = False
    assert chosen.indices.tolist() == picks


def test_the_first_pick_is_drawn_or_farthest_from_the_mean() -> None:
    X = rows(3, 60)
    pool = Pool.from_array(X)
    drawn = {int(KCenter().select(pool, Budget(rows=1), seed).indices[0]) for seed in range(40)}
    assert len(drawn) > 20
    far = int(((X - X.mean(axis=0)) ** 2).sum(axis=1).argmax())
    assert KCenter(first="farthest").select(pool, Budget(rows=1)).indices.tolist() == [far]
    with pytest.raises(ParameterError, match="'random' or 'farthest'"):
        KCenter(first="far")


def test_many_picks_over_many_blocks_equal_plain_numpy() -> None:
    # Past 128 centers rows are brought up to date in bulk.
    rng = np.random.default_rng(5)
    X = (rng.standard_normal((8, 6))[rng.integers(8, size=2500)] * 3).astype(np.float32)
    X += rng.standard_normal(X.shape).astype(np.float32)
    chosen = KCenter().select(Pool.from_array(X), Budget(rows=200, keep=[7]))
    near = np.full(len(X), np.inf)
    picks = [7]
    while len(picks) < 200:
        near = np.minimum(near, ((X.astype(np.float64) - X[picks[-1]]) ** 2).sum(axis=1))
        picks.append(int(near.argmax()))
    assert chosen.indices.tolist() == picks


def _least_radius(X, k):
    gaps = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2))
    return min(gaps[:, list(some)].min(axis=1).max() for some in combinations(range(len(X)), k))


@pytest.mark.parametrize("shards", [2, 3, 7])
@pytest.mark.parametrize("seed", range(4))
def test_over_shards_the_radius_is_within_four_times_the_least(shards, seed):
    X = np.random.default_rng(seed).normal(size=(14, 2)).astype(np.float32)
    method = KCenter(shards=shards)
    chosen = method.select(Pool.from_array(X), Budget(rows=3), seed)
    gaps = np.sqrt(((X[:, None] - X[chosen.indices]) ** 2).sum(axis=2))
    least = _least_radius(X.astype(np.float64), 3)
    radius = chosen.stats["radius"]
    assert radius == pytest.approx(gaps.min(axis=1).max())
    assert np.array_equal(chosen.assignment, gaps.argmin(axis=1))
    assert chosen.stats["least_radius"] <= least <= radius <= 4 * least
    assert chosen.stats["lost"] == pytest.approx(1 - chosen.stats["least_radius"] / radius)


@pytest.mark.parametrize("ranks", [1, 2, 5])
def test_over_shards_limits_hold_and_the_executor_changes_nothing(ranks):
    X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float16)
    groups = {"g": ["a"] * 55 + ["b"] * 5}
    budget = Budget(rows=8, at_least={"g": {"b": 3}}, keep=(1, 7), drop=(0, 2, 58))
    method = KCenter(shards=4)
    pool = Pool.from_array(X, groups=groups)
    one = method.select(pool, budget, 5)
    picks = one.indices.tolist()
    assert len(set(picks)) == 8
    assert picks[:2] == [1, 7]
    assert not {0, 2, 58} & set(picks)
    assert sum(row >= 55 for row in picks) >= 3
    assert one.stats["least_radius"] is None
    other = method.select(pool.on(Local(ranks)), budget, 5)
    assert other.indices.tolist() == picks
    assert np.array_equal(other.assignment, one.assignment)
    assert other.stats == one.stats
