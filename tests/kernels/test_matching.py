"""Matched kernel means: against SciPy's solver, known cases, and what weights must not change."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from cribble.kernels.kernel_mean import gaussian
from cribble.kernels.matching import balance_means, match_means
from cribble.kernels.weights import effective_size

RNG = np.random.default_rng(0)


def least(P, linear, size, most, sums):
    """The minimum by SLSQP, from equal weights."""
    limits = [
        {"type": "ineq", "fun": lambda w: w.sum() - sums[0], "jac": lambda w: np.ones(size)},
        {"type": "ineq", "fun": lambda w: sums[1] - w.sum(), "jac": lambda w: -np.ones(size)},
    ]
    return minimize(
        lambda w: w @ P @ w / 2 - linear @ w,
        np.full(size, sums[1] / size),
        jac=lambda w: P @ w - linear,
        bounds=[(0, most)] * size,
        constraints=limits,
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 1000},
    )


def test_kernel_mean_matching_is_its_quadratic_program() -> None:
    rows, aims = RNG.normal(0, 1, (25, 2)), RNG.normal(0.7, 0.6, (15, 2))
    K, linear = gaussian(rows, rows, 0.8), 25 * gaussian(rows, aims, 0.8).mean(axis=1)
    expected = least(K, linear, 25, 1000, (5, 45))
    found = match_means(rows, aims, 0.8).weights * expected.x.mean()
    value = found @ K @ found / 2 - linear @ found
    assert value == pytest.approx(expected.fun, rel=1e-5)


def test_matched_rows_have_the_mean_of_the_target() -> None:
    rows, aims = RNG.normal(0, 1, (1500, 1)), RNG.normal(1, 0.6, (1500, 1))
    for batch in (500, 1500):
        weights = match_means(rows, aims, 1.0, batch=batch).weights
        assert weights.mean() == pytest.approx(1)
        assert weights @ rows[:, 0] / 1500 == pytest.approx(aims.mean(), abs=0.05)


def test_targets_that_no_row_is_near_are_let_go() -> None:
    rows = RNG.normal(0, 1, (200, 2))
    aims = np.concatenate([RNG.normal(0.3, 0.5, (30, 2)), RNG.normal(9, 0.3, (10, 2))])
    found = match_means(rows, aims, 1.0, release=0.5)
    assert found.support[:30].mean() > 0.8
    assert found.support[30:].max() < 0.3
    assert np.sqrt(np.mean((1 - found.support) ** 2)) <= 0.5 + 1e-6
    assert (match_means(rows, aims, 1.0).support == 1).all()


def test_double_weights_are_least_among_all_they_may_be() -> None:
    rows, aims = RNG.normal(0, 1, (12, 2)), RNG.normal(1, 1, (8, 2))
    found = match_means(rows, aims, 1.0, release=0.3)
    both = np.concatenate([rows, aims])
    K = gaussian(both, both, 1.0)

    def value(beta, alpha):
        u = np.concatenate([beta / 12, -alpha / 8])
        return u @ K @ u

    def scaled(u):
        return value(u[:12], u[12:])

    best = minimize(
        scaled,
        np.ones(20),
        bounds=[(0, 700)] * 12 + [(0, 1)] * 8,
        constraints=[
            {"type": "ineq", "fun": lambda u: 0.3**2 * 8 - np.square(u[12:] - 1).sum()},
            {"type": "ineq", "fun": lambda u: 1 - 12**-0.5 - u[:12].mean() + u[12:].mean()},
            {"type": "ineq", "fun": lambda u: 1 - 12**-0.5 + u[:12].mean() - u[12:].mean()},
        ],
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 2000},
    )
    ours = found.weights * best.x[:12].mean()
    assert value(ours, found.support) == pytest.approx(best.fun, abs=2e-4)
    np.testing.assert_allclose(found.support, best.x[12:], atol=0.02)


def test_balancing_weights_are_their_quadratic_program() -> None:
    picks, pool = RNG.normal(0.5, 1, (20, 2)), RNG.normal(size=(300, 2))
    K, aim = gaussian(picks, picks, 1.0), gaussian(picks, pool, 1.0).mean(axis=1)
    for most in (None, 3.0):
        found = balance_means(picks, pool, 1.0, most=most)
        expected = least(K, aim, 20, 1.0 if most is None else most / 20, (1, 1))
        w = found.weights / 20
        assert w @ K @ w / 2 - aim @ w == pytest.approx(expected.fun, abs=1e-6)
        square = w @ K @ w - 2 * (w @ aim) + gaussian(pool, pool, 1.0).mean()
        assert found.distance == pytest.approx(np.sqrt(square), abs=1e-6)
        assert found.distance < found.equal
        assert found.weights.sum() == pytest.approx(20)
        assert most is None or found.weights.max() <= most + 1e-9


def test_random_features_balance_as_the_kernel_does() -> None:
    picks, pool = RNG.normal(0.5, 1, (150, 2)), RNG.normal(size=(1000, 2))
    exact, rough = (balance_means(picks, pool, 1.5, exact=one) for one in (150, 10))
    assert rough.equal == pytest.approx(exact.equal, abs=0.03)
    assert rough.distance < rough.equal / 4
    mean = [one.weights @ picks / 150 for one in (exact, rough)]
    np.testing.assert_allclose(mean[1], mean[0], atol=0.1)


def test_picks_that_are_the_reference_weigh_the_same() -> None:
    picks = RNG.normal(size=(40, 3))
    found = balance_means(picks, picks, 1.0)
    assert found.distance == pytest.approx(0, abs=1e-4)
    assert effective_size(found.weights) == pytest.approx(40, rel=1e-4)
