"""Tiled Sinkhorn against its twin, the marginals it must meet and the exact linear program."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cribble.kernels import sinkhorn as kernel
from cribble.kernels.reference.sinkhorn import sinkhorn as twin
from cribble.kernels.sinkhorn import sinkhorn


def clouds(seed, n, m, d=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=(m, d)) + 0.5


def costs(rows, targets):
    return np.square(rows[:, None] - targets).sum(axis=2)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 999), st.integers(1, 40), st.integers(1, 6), st.sampled_from([3, 1024]))
def test_equals_the_twin_at_every_tile(seed, n, m, tile):
    rows, targets = clouds(seed, n, m)
    width = 0.2 * costs(rows, targets).mean()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "_TILE", tile)
        found = sinkhorn(rows, targets, 0.2, 20, 0.0)
    source, target, value = twin(rows, targets, width, found.iterations)
    np.testing.assert_allclose(found.source, source, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(found.target, target, rtol=1e-8, atol=1e-9)
    assert found.value == pytest.approx(value, rel=1e-8, abs=1e-9)


def test_the_plan_has_the_masses_asked():
    rows, targets = clouds(1, 30, 8)
    cost = costs(rows, targets)
    found = sinkhorn(rows, targets, 0.1, 2000, 1e-10)
    plan = np.exp((found.source[:, None] + found.target - cost) / (0.1 * cost.mean())) / (30 * 8)
    np.testing.assert_allclose(plan.sum(axis=1), 1 / 30, rtol=1e-6)
    np.testing.assert_allclose(plan.sum(axis=0), 1 / 8, rtol=1e-6)


def test_little_entropy_comes_near_to_the_exact_cost():
    rows, targets = clouds(2, 12, 6)
    cost = costs(rows, targets)
    equal = np.vstack([np.kron(np.eye(12), np.ones(6)), np.kron(np.ones(12), np.eye(6))])
    masses = np.r_[np.full(12, 1 / 12), np.full(6, 1 / 6)]
    exact = linprog(cost.ravel(), A_eq=equal, b_eq=masses).fun
    found = sinkhorn(rows, targets, 0.005, 5000, 1e-9)
    assert found.value == pytest.approx(exact, rel=0.03)


def test_equal_points_cost_nothing():
    found = sinkhorn(np.ones((5, 2)), np.ones((3, 2)), 0.1, 10, 1e-6)
    assert found.value == 0
    assert found.source.tolist() == [0] * 5


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 999), st.integers(2, 30), st.integers(1, 5))
def test_masses_and_distances_equal_the_twin(seed, n, m):
    rows, targets = clouds(seed, n, m)
    masses = np.random.default_rng(seed).dirichlet(np.ones(n))
    start = np.full(m, 0.3)
    found = sinkhorn(rows, targets, 0.2, 30, 0.0, masses=masses, scale=2.0, power=1, start=start)
    source, _, value = twin(rows, targets, 0.4, 30, masses, power=1)
    np.testing.assert_allclose(found.source, source - source @ masses + found.source @ masses)
    assert found.value == pytest.approx(value, rel=1e-6)


def test_a_row_without_mass_changes_nothing_but_has_a_potential():
    rows, targets = clouds(3, 9, 4)
    masses = np.r_[np.full(8, 1 / 8), 0.0]
    alone, beside = (
        sinkhorn(some, targets, 0.2, 50, 0.0, scale=1.0, masses=mass)
        for some, mass in ((rows[:8], None), (rows, masses))
    )
    np.testing.assert_allclose(beside.source[:8], alone.source)
    assert np.isfinite(beside.source).all()


def test_a_good_start_is_soon_done():
    rows, targets = clouds(4, 20, 6)
    first = sinkhorn(rows, targets, 0.1, 500, 1e-8)
    again = sinkhorn(rows, targets, 0.1, 500, 1e-8, start=first.target)
    assert again.iterations < 3 < first.iterations
