"""Kernel means and the median distance against all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels.kernel_mean import kernel_mean, median_distance
from cribble.kernels.reference.distances import squared_distances


def test_the_mean_is_over_all_rows_of_the_reference() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1_100, 3)), rng.normal(size=(1_030, 3))
    got = kernel_mean(x, y, 0.7)
    for row in (0, 5, 1_099):
        want = np.exp(-squared_distances(y, x[row]) / (2 * 0.7**2)).mean()
        assert got[row] == pytest.approx(want, abs=1e-7)


def test_the_median_is_of_pairs_and_never_zero() -> None:
    x = np.array([[0.0], [1.0], [5.0]])
    assert median_distance(x, seed=0) == pytest.approx(4)
    assert median_distance(np.ones((5, 2)), seed=0) == 1.0
    big = np.random.default_rng(0).normal(size=(5_000, 2))
    assert median_distance(big, seed=1) == pytest.approx(np.sqrt(4 * np.log(2)), rel=0.05)
