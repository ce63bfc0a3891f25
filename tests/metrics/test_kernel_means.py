"""Quadrature weights against the least distance there is, and p-values under equality."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from cribble.core.errors import ParameterError
from cribble.metrics import mmd_squared, mmd_test, quadrature_weights


def _gaussian(x: np.ndarray, y: np.ndarray, width: float) -> np.ndarray:
    return np.exp(-cdist(x, y, "sqeuclidean") / (2 * width**2))


def test_weights_bring_the_least_distance() -> None:
    draw = np.random.default_rng(0)
    rows, pool = draw.standard_normal((6, 2)), draw.standard_normal((40, 2))
    near, target = _gaussian(rows, rows, 1.0), _gaussian(rows, pool, 1.0).mean(axis=1)
    own = _gaussian(pool, pool, 1.0).mean()

    def distance(weights: np.ndarray) -> float:
        return float(np.sqrt(weights @ near @ weights - 2 * weights @ target + own))

    signed = quadrature_weights(rows, pool, width=1.0, signed=True)
    np.testing.assert_allclose(signed.weights, np.linalg.solve(near, target), rtol=1e-4)
    assert signed.distance == pytest.approx(distance(signed.weights), rel=1e-5)
    assert signed.uniform == pytest.approx(distance(np.full(6, 1 / 6)), rel=1e-5)
    plain = quadrature_weights(rows, pool, width=1.0)
    best = minimize(lambda w: distance(w) ** 2, np.ones(6) / 6, bounds=[(0, None)] * 6).x
    np.testing.assert_allclose(plain.weights, best / best.sum(), atol=1e-3)
    assert plain.weights.sum() == pytest.approx(1)


def test_weighted_rows_are_nearer_than_equal_ones_and_signed_ones_nearest() -> None:
    # The card's own figures for 50 of 2,000 Gaussian points: .157, .014 and .007.
    pool = np.random.default_rng(0).standard_normal((2_000, 2))
    plain = quadrature_weights(pool[:50], pool, width=1.0)
    signed = quadrature_weights(pool[:50], pool, width=1.0, signed=True)
    assert signed.distance < plain.distance < plain.uniform / 3
    whole = quadrature_weights(pool[:60], pool[:60], width=1.0)
    assert whole.uniform == pytest.approx(0, abs=1e-4)


def test_the_p_value_is_the_share_of_all_deals_that_part_as_far() -> None:
    draw = np.random.default_rng(1)
    x, y = draw.standard_normal((3, 2)), draw.standard_normal((4, 2)) + 1
    union = np.concatenate([x, y])
    values = [
        mmd_squared(union[list(some)], np.delete(union, some, axis=0), width=1.0).value
        for some in combinations(range(7), 3)
    ]
    found = mmd_test(x, y, width=1.0, permutations=4_000)
    assert found.value == pytest.approx(values[0])
    share = np.mean(np.array(values) >= values[0] - 1e-9)
    assert found.p_value == pytest.approx(share, abs=0.03)


def test_p_values_are_uniform_where_sides_are_equal_and_small_where_not() -> None:
    draw = np.random.default_rng(2)
    values = [
        mmd_test(*draw.standard_normal((2, 25, 2)), width=1.0, permutations=99, seed=seed).p_value
        for seed in range(150)
    ]
    assert stats.kstest(values, "uniform").pvalue > 0.01
    x, y = draw.standard_normal((2, 60, 2))
    assert mmd_test(x + 1.5, y, width=1.0).p_value == 0.001


@pytest.mark.parametrize("options", [{"width": 0.0}, {"width": 1.0, "permutations": 0}])
def test_what_cannot_be_tested_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        mmd_test(np.zeros((3, 1)), np.zeros((3, 1)), **options)
    with pytest.raises(ParameterError, match="rows"):
        quadrature_weights(np.zeros((0, 1)), np.zeros((3, 1)), width=1.0)
