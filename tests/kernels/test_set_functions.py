"""Learned set functions against their definition, and their gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.reference import set_functions as reference
from cribble.kernels.set_functions import SetWeights, mean_gains, subset_loss


def _weights(rng: np.random.Generator, d: int, p: int = 3, r: int = 4) -> SetWeights:
    shapes = ((d, p), (p,), (p, r), (p, r), (r,), (r,))
    return SetWeights(*(rng.normal(size=shape) for shape in shapes))


@settings(max_examples=40)
@given(st.integers(0, 2**16), st.integers(1, 8), st.floats(0.5, 20))
def test_gains_are_those_of_the_definition(seed: int, n: int, typical: float) -> None:
    rng = np.random.default_rng(seed)
    X, weights, masks = rng.normal(size=(n, 2)), _weights(rng, 2), rng.random((3, n)) < 0.5
    got = mean_gains(X, weights, masks, typical)
    want = reference.mean_gains(X, weights, masks, typical)
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_more_rows_than_a_block_holds() -> None:
    rng = np.random.default_rng(0)
    X, weights, masks = rng.normal(size=(1_030, 2)), _weights(rng, 2), rng.random((2, 1_030)) < 0.5
    got = mean_gains(X, weights, masks, 20.0)
    states = np.tanh(X @ weights.embed + weights.shift)
    added, share = states @ weights.own, 20 / len(X)
    for row in (0, 1_023, 1_024, 1_029):
        rises = []
        for mask in masks:
            others = mask.copy()
            others[row] = False
            low = share * added[others].sum(axis=0) + weights.bias
            low += share * states.sum(axis=0) @ weights.whole
            rises.append((np.maximum(low + added[row], 0) - np.maximum(low, 0)) @ weights.last)
        assert got[row] == pytest.approx(np.mean(rises), rel=1e-9)


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    X, weights, masks = rng.normal(size=(40, 3)), _weights(rng, 3), rng.random((5, 40)) < 0.5
    order = rng.permutation(40)
    plain = mean_gains(X, weights, masks, 40.0)
    moved = mean_gains(X[order], weights, masks[:, order], 40.0)
    np.testing.assert_allclose(moved, plain[order], rtol=1e-9, atol=1e-12)


def test_many_random_subsets_come_near_the_mean_over_all_of_them() -> None:
    rng = np.random.default_rng(2)
    X, weights = rng.normal(size=(8, 2)), _weights(rng, 2)
    every = (np.arange(256)[:, None] >> np.arange(8)) % 2 == 1
    exact = mean_gains(X, weights, every, 8.0)
    values = [reference.value(X, one, weights, 1.0, 0) for one in every]
    for row in range(8):
        # Each pair of sets that differ in the row comes twice among the 256.
        pairs = sum((1 if one[row] else -1) * v for one, v in zip(every, values, strict=True))
        assert exact[row] == pytest.approx(pairs / 128)
    errors = [
        np.abs(mean_gains(X, weights, rng.random((m, 8)) < 0.5, 8.0) - exact).max()
        for m in (5, 20_000)
    ]
    assert errors[1] < 0.05 * np.abs(exact).max()
    assert errors[1] < errors[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, starts, weights = rng.normal(size=(14, 2)), np.array([0, 5, 8]), _weights(rng, 2, r=12)
    wanted = np.isin(np.arange(14), [1, 3, 5, 9, 10])
    masks = rng.random((3, 14)) < 0.5

    def loss(weights: SetWeights) -> float:
        return subset_loss(X, wanted, starts, masks, weights, 5.0)[0]

    _, gradient = subset_loss(X, wanted, starts, masks, weights, 5.0)
    for name, part in weights._asdict().items():
        assert np.abs(getattr(gradient, name)).max() > 1e-4
        for place in np.ndindex(part.shape):
            step = np.zeros(part.shape)
            step[place] = 1e-6
            rise = loss(weights._replace(**{name: part + step}))
            rise -= loss(weights._replace(**{name: part - step}))
            assert getattr(gradient, name)[place] == pytest.approx(rise / 2e-6, abs=1e-6)


def test_the_loss_is_the_cross_entropy_of_each_set_with_both_sides_even() -> None:
    rng = np.random.default_rng(3)
    sets = [rng.normal(size=(size, 2)) for size in (4, 7)]
    marks = [np.arange(4) < 1, np.arange(7) % 3 == 0]
    masks, weights = rng.random((2, 11)) < 0.5, _weights(rng, 2)
    got, _ = subset_loss(
        np.concatenate(sets), np.concatenate(marks), np.array([0, 4]), masks, weights, 5.5
    )
    losses = []
    for X, wanted, mask in zip(sets, marks, np.split(masks, [4], axis=1), strict=True):
        chance = 1 / (1 + np.exp(-reference.mean_gains(X, weights, mask, 5.5)))
        losses.append(-(np.log(chance[wanted]).mean() + np.log(1 - chance[~wanted]).mean()) / 2)
    assert got == pytest.approx(np.mean(losses))
