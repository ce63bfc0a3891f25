"""Kernel values and sums against NumPy's exponential, near and far."""

from __future__ import annotations

import numpy as np

from cribble.kernels.gaussian import STRIP, as_columns, kernel_sums, near_strip
from cribble.kernels.reference.thinning import gaussian_matrix


def test_values_are_right_from_zero_to_where_they_vanish() -> None:
    columns = np.linspace(0, 14, STRIP, dtype=np.float32)[None]
    near, bits = np.empty(STRIP, dtype=np.float32), np.empty(STRIP, dtype=np.int32)
    near_strip(columns, 0, STRIP, np.zeros(1, dtype=np.float32), bits, near)
    want = gaussian_matrix(columns, np.zeros((1, 1)))[:, 0]
    some = want > 1e-37
    np.testing.assert_allclose(near[some], want[some], rtol=1e-5)
    assert near[0] == 1
    assert (near[~some] < 1e-36).all()


def test_sums_are_over_all_others() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 1_100)).astype(np.float32)
    y = rng.normal(size=(3, 700)).astype(np.float32)
    np.testing.assert_allclose(kernel_sums(x, y), gaussian_matrix(x, y).sum(axis=1), rtol=1e-6)
    assert kernel_sums(x[:, :0], y).tolist() == []
    assert kernel_sums(x, y[:, :0]).tolist() == [0.0] * 1_100


def test_columns_keep_small_gaps_far_from_zero_and_stay_finite() -> None:
    X = np.array([[1e9], [1e9 + 3], [1e9 - 3], [1e300]])
    columns = as_columns(X, np.arange(4), np.array([1e9]), 3.0)
    assert columns.tolist()[0][:3] == [0.0, 1.0, -1.0]
    np.testing.assert_allclose(
        kernel_sums(columns[:, :1], columns), 1 + 2 * np.exp(-0.5), rtol=1e-6
    )
    assert kernel_sums(columns[:, 3:], columns).tolist() == [1.0]
