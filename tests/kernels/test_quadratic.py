"""Projections by their defining inequality, and minima against a solver of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from cribble.kernels.quadratic import all_of, ball, box_with_sum, minimize_quadratic, slab

POINTS = arrays(np.float64, 4, elements=st.floats(-10, 10))


def inside(rng: np.random.Generator, most: float, low: float, high: float) -> np.ndarray:
    """Random points of the box with a sum in the range, (many, 4)."""
    points = rng.uniform(0, most, (4000, 4)) * rng.integers(0, 2, (4000, 4))
    sums = points.sum(axis=1)
    return points[(sums >= low) & (sums <= high)]


@given(POINTS, st.sampled_from([(1.0, 1.0, 2.0), (2.0, 3.0, 8.0), (5.0, 0.0, 1.0)]))
def test_no_point_of_the_set_lies_past_the_projection(x, bounds) -> None:
    most, low, high = bounds
    found = box_with_sum(most, low, high)(x)
    assert (found >= 0).all()
    assert (found <= most).all()
    assert low - 1e-9 <= found.sum() <= high + 1e-9
    # A projection sees every point of the set at an obtuse angle.
    others = inside(np.random.default_rng(0), most, low, high)
    assert ((others - found) @ (x - found) <= 1e-7).all()


@given(POINTS)
def test_shared_points_of_three_sets(x) -> None:
    parts = (
        slab(np.array([1.0, 1, -1, -1]), 0.5),
        ball(np.ones(4), 1.2),
        box_with_sum(2.0, 0.0, 8.0),
    )
    found = all_of(*parts, rounds=2000)(x)
    for one in parts:
        np.testing.assert_allclose(one(found), found, atol=1e-5)
    rng = np.random.default_rng(1)
    others = rng.uniform(0, 2, (4000, 4))
    holds = np.abs(others @ [1, 1, -1, -1]) <= 0.5
    holds &= np.linalg.norm(others - 1, axis=1) <= 1.2
    assert ((others[holds] - found) @ (x - found) <= 1e-3 * (1 + np.linalg.norm(x))).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sums", [(1.0, 1.0), (4.0, 6.0)])
def test_the_minimum_is_that_of_another_solver(seed, sums) -> None:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(8, 5))
    P, linear = half @ half.T, rng.normal(size=8)
    most = 1.5
    found = minimize_quadratic(
        lambda x: P @ x, linear, np.linalg.norm(P, 2), box_with_sum(most, *sums), np.zeros(8)
    )
    limits = [
        {"type": "ineq", "fun": lambda x: x.sum() - sums[0]},
        {"type": "ineq", "fun": lambda x: sums[1] - x.sum()},
    ]
    expected = minimize(
        lambda x: x @ P @ x / 2 - linear @ x,
        np.full(8, sums[0] / 8),
        jac=lambda x: P @ x - linear,
        bounds=[(0, most)] * 8,
        constraints=limits,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert found.value == pytest.approx(expected.fun, abs=1e-7)
    assert found.value == pytest.approx(found.point @ P @ found.point / 2 - linear @ found.point)
