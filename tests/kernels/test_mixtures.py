"""Mixtures against finite differences, exact fits, grids and the line through two sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.mixtures import (
    MixtureDistance,
    Worth,
    at_size,
    best_shares,
    mixture_features,
    on_simplex,
    predicted,
)
from cribble.kernels.reference.mixtures import on_simplex as twin
from cribble.kernels.reference.sinkhorn import sinkhorn as transport


def problem(seed, m=3):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(m), [7, 5, 9][:m])
    rows = rng.normal(size=(len(codes), 2)) + 3 * np.eye(m)[codes][:, :2]
    return rows, codes, rng.normal([1, 0.5], size=(6, 2))


def tangent(slope):
    return slope - slope.mean()


def test_the_distance_is_that_of_weighted_rows():
    rows, codes, aims = problem(0)
    shares = np.array([0.5, 0.1, 0.4])
    found = MixtureDistance(rows, codes, aims, 0.2, 500, 1e-12)(shares)
    mean = np.square(rows[:, None] - aims).sum(axis=2).mean()
    masses = shares[codes] / np.bincount(codes)[codes]
    assert found.value == pytest.approx(transport(rows, aims, 0.2 * mean, 500, masses)[2])


@pytest.mark.parametrize("shares", [[0.5, 0.1, 0.4], [0.05, 0.9, 0.05]])
def test_slopes_are_finite_differences(shares):
    rows, codes, aims = problem(1)
    distance = MixtureDistance(rows, codes, aims, 0.2, 2000, 1e-13)
    coefficients = np.random.default_rng(2).normal(size=8)

    def score(at):
        return predicted(coefficients, at, distance(at))

    for worth in (distance, score):
        slope = tangent(worth(np.array(shares)).slope)
        for one in ([1, -1, 0], [0, 1, -1]):
            step = 1e-4 * np.array(one)
            ahead, behind = (worth(np.array(shares) + sign * step).value for sign in (1, -1))
            assert slope @ one == pytest.approx((ahead - behind) / 2e-4, rel=1e-4, abs=1e-6)


def test_a_score_of_this_form_is_recovered():
    rows, codes, aims = problem(3)
    distance = MixtureDistance(rows, codes, aims, 0.2, 500, 1e-12)
    rng = np.random.default_rng(4)
    truth, mixtures = rng.normal(size=8), rng.dirichlet(np.ones(3), size=30)
    design = np.stack([mixture_features(one, distance(one).value) for one in mixtures])
    fitted = np.linalg.lstsq(design, design @ truth, rcond=None)[0]
    for one in rng.dirichlet(np.ones(3), size=5):
        expected = predicted(truth, one, distance(one)).value
        assert predicted(fitted, one, distance(one)).value == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_best_shares_are_those_of_a_fine_grid(seed):
    rows, codes, aims = problem(seed)
    distance = MixtureDistance(rows, codes, aims, 0.1, 500, 1e-9)

    def worth(shares):
        found = distance(shares)
        return Worth(-found.value, -found.slope)

    _, found = best_shares(worth, np.full(3, 1 / 3), 40)
    ticks = np.linspace(0, 1, 21)
    grid = [np.array([a, b, 1 - a - b]) for a in ticks for b in ticks if a + b <= 1 + 1e-9]
    best = max(worth(np.maximum(one, 0)).value for one in grid)
    assert found.value >= best - 1e-6


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8))
def test_the_simplex_is_met_at_its_nearest_point(point):
    found = on_simplex(np.array(point))
    np.testing.assert_allclose(found, twin(np.array(point)), atol=1e-9)
    assert found.sum() == pytest.approx(1)


def test_sizes_are_followed_along_the_logarithm():
    sizes, scores = np.array([100.0, 400.0]), np.array([0.5, 0.7])
    assert at_size(sizes, scores, 100) == pytest.approx(0.5)
    assert at_size(sizes, scores, 400) == pytest.approx(0.7)
    assert at_size(sizes, scores, 1600) == pytest.approx(0.9)
    assert at_size(sizes[:1], scores[:1], 7) == 0.5
