"""Draws: the number is fixed, and every row comes with its chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cribble.kernels.sampling import inclusion_chances, pivotal, spread_order, systematic

SIZES = st.lists(st.integers(0, 9), min_size=1, max_size=9)


def _chances(sizes: list[int], count: int) -> np.ndarray:
    """The loop of the source: fix what exceeds 1, scale the rest, again."""
    wide = np.array(sizes, dtype=float)
    certain = np.zeros(len(wide), dtype=bool)
    while True:
        out = np.ones(len(wide))
        out[~certain] = wide[~certain] * (count - certain.sum()) / max(wide[~certain].sum(), 1e-300)
        if not (more := (out > 1 + 1e-12) & ~certain).any():
            return out
        certain |= more


@given(SIZES, st.data())
def test_chances_are_those_of_the_loop_that_caps_and_scales(
    sizes: list[int], data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, len(sizes)))
    chances = inclusion_chances(np.array(sizes, dtype=float), count)
    assert chances.sum() == pytest.approx(count)
    assert ((chances >= 0) & (chances <= 1)).all()
    if sum(size > 0 for size in sizes) > count:
        np.testing.assert_allclose(chances, _chances(sizes, count), atol=1e-12)
    else:
        assert (chances[np.array(sizes) > 0] == 1).all()


@given(SIZES, st.integers(0, 2**16), st.data())
def test_the_number_of_rows_is_the_sum_of_the_chances(
    sizes: list[int], seed: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, len(sizes)))
    chances = inclusion_chances(np.array(sizes, dtype=float), count)
    random = np.random.default_rng(seed)
    for drawn in (systematic(chances, random.random()), pivotal(chances, random)):
        assert drawn.sum() == count
        assert drawn[chances == 1].all()
        assert not drawn[chances == 0].any()


@pytest.mark.parametrize("design", ["systematic", "pivotal"])
def test_every_row_is_drawn_with_its_chance(design: str) -> None:
    sizes = np.array([1.0, 2, 3, 5, 0.5, 9, 2, 2, 4, 1, 7])
    chances, runs = inclusion_chances(sizes, 5), 6_000
    random = np.random.default_rng(0)
    counts = np.zeros(len(sizes))
    for _ in range(runs):
        counts += (
            systematic(chances, random.random())
            if design == "systematic"
            else pivotal(chances, random)
        )
    open_ = chances < 1
    gaps = (counts - runs * chances)[open_] / np.sqrt(runs * (chances * (1 - chances))[open_])
    assert (np.abs(gaps) < stats.norm.ppf(1 - 0.0005 / len(sizes))).all()


def test_equal_chances_along_a_line_take_one_row_of_each_block() -> None:
    x = np.random.default_rng(0).permutation(64)[:, None].astype(float)
    order = spread_order(x, np.arange(64))
    assert x[order, 0].tolist() == list(range(64))
    for seed in range(20):
        drawn = pivotal(np.full(64, 1 / 8), np.random.default_rng(seed))
        assert drawn.reshape(8, 8).sum(axis=1).tolist() == [1] * 8


@pytest.mark.parametrize("directions", ["coordinate", "pca"])
def test_halves_of_the_order_are_halves_of_space(directions: str) -> None:
    x = np.random.default_rng(1).normal(size=(40, 2)) * [5, 1]
    order = spread_order(x, np.arange(40), directions)
    assert sorted(order.tolist()) == list(range(40))
    axis = np.linalg.svd(x - x.mean(axis=0))[2][0] if directions == "pca" else np.array([1.0, 0])
    along = (x @ axis)[order]
    low, high = sorted((along[:20], along[20:]), key=lambda half: half.mean())
    assert low.max() <= high.min()


@pytest.mark.parametrize("directions", ["coordinate", "pca"])
def test_some_rows_are_ordered_as_if_they_were_all(directions: str) -> None:
    x = np.random.default_rng(2).normal(size=(3_000, 3)).astype(np.float16)
    rows = np.random.default_rng(3).permutation(3_000)[:2_500]
    whole = spread_order(x[rows], np.arange(2_500), directions)
    assert spread_order(x, rows, directions).tolist() == whole.tolist()
