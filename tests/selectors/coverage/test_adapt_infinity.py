"""Adapt-infinity against its steps written out: the score of a skill, the strata, what is like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coverage.adapt_infinity import AdaptInfinity


def _pool(sizes: list[int], **scores: np.ndarray) -> Pool:
    """Well separated blobs, one a skill."""
    X = np.eye(len(sizes))[np.repeat(np.arange(len(sizes)), sizes)]
    X = X + np.random.default_rng(0).normal(size=X.shape) * 0.01
    return Pool(len(X), signals={"embedding": X, **scores})


def test_a_skill_uses_the_score_of_largest_entropy() -> None:
    rng = np.random.default_rng(1)
    spread, two_values = rng.normal(size=40), np.repeat([0.0, 1.0], 20)
    # The first score tells the first blob apart, the second the second; one is constant in one.
    quality = np.concatenate([spread, np.zeros(40)])
    difficulty = np.concatenate([two_values, spread * 1_000])
    chosen = AdaptInfinity(clusters=2).select(
        _pool([40, 40], quality=quality, difficulty=difficulty), Budget(rows=20)
    )
    assert sorted(chosen.stats["used"]) == ["difficulty", "quality"]
    standard = (spread - spread.mean()) / spread.std()
    counts, _ = np.histogram(standard, 50, (-4, 4))
    share = counts[counts > 0] / 40
    own = -(share * np.log2(share)).sum()
    for name, bits in zip(chosen.stats["used"], chosen.stats["entropy"], strict=True):
        wanted = [own, 1.0] if name == "quality" else [0.0, own]
        np.testing.assert_allclose(bits, wanted)
    np.testing.assert_allclose(chosen.scores, np.tile(standard, 2))
    assert chosen.stats["picked"] == [10, 10]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 12), min_size=4, max_size=4), st.integers(0, 30))
def test_strata_of_a_skill_are_filled_to_one_level(sizes: list[int], rows: int) -> None:
    values = np.repeat([0.0, 1.5, 2.5, 4.0], sizes)
    rows = min(rows, len(values))
    pool = _pool([len(values)], quality=values)
    method = AdaptInfinity(clusters=1, scores=("quality",), strata=4, tails=0.0)
    picks = method.select(pool, Budget(rows=rows)).indices
    got = [int((values[picks] == value).sum()) for value in (0.0, 1.5, 2.5, 4.0)]
    level = next(t for t in range(14) if sum(min(t + 1, s) for s in sizes) > rows or t == 13)
    assert sum(got) == rows
    for count, size in zip(got, sizes, strict=True):
        assert min(level, size) <= count <= min(level + 1, size)


def test_tails_come_last_and_the_least_extreme_of_them_first() -> None:
    values = np.random.default_rng(2).permutation(20.0 + np.arange(20))
    pool = _pool([20], quality=values)
    method = AdaptInfinity(clusters=1, scores=("quality",), tails=0.1)
    chosen = method.select(pool, Budget(rows=20))
    assert set(values[chosen.indices[:16]]) == set(range(22, 38))
    assert set(values[chosen.indices[16:18]]) == {21.0, 38.0}


def test_skills_share_equally_and_a_small_one_gives_all() -> None:
    sizes = [30, 4, 30]
    values = np.random.default_rng(3).normal(size=64)
    method = AdaptInfinity(clusters=3, scores=("quality",), tails=0.0)
    chosen = method.select(_pool(sizes, quality=values), Budget(rows=24))
    blob = np.repeat([0, 1, 2], sizes)[chosen.indices]
    assert np.bincount(blob).tolist() == [10, 4, 10]


def test_to_retain_the_better_of_two_copies_stays() -> None:
    rng = np.random.default_rng(4)
    X, values = np.tile(rng.normal(size=(30, 8)), (2, 1)), np.arange(60.0)
    pool = Pool(60, signals={"embedding": X, "quality": values})
    method = AdaptInfinity(clusters=1, scores=("quality",), step="retain")
    chosen = method.select(pool, Budget(rows=30))
    assert set(chosen.indices.tolist()) == set(range(30, 60))
    np.testing.assert_allclose(chosen.scores[:30], -1, atol=1e-6)
    assert (chosen.scores[30:] > -1 + 1e-3).all()


def test_likeness_may_be_another_signal() -> None:
    n = 12
    other = np.eye(n)
    other[:6] = other[0]
    pool = _pool([n], quality=np.arange(n, dtype=float), states=other)
    method = AdaptInfinity(clusters=1, scores=("quality",), step="retain", likeness="states")
    chosen = method.select(pool, Budget(rows=7))
    assert set(chosen.indices.tolist()) == set(range(5, 12))


@pytest.mark.parametrize(
    ("name", "value"),
    [("scores", ()), ("step", "both"), ("clusters", 0), ("strata", 0), ("tails", 0.5)],
)
def test_parameters_that_cannot_be_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=name):
        AdaptInfinity(**{name: value})
