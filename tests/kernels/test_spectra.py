"""Effective numbers against the metric for one set."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels.spectra import effective_numbers
from cribble.metrics.diversity import vendi_from_kernel


@pytest.mark.parametrize("order", [0.5, 1.0, 2.0, np.inf])
def test_each_matrix_has_the_vendi_score_of_its_kernel(order: float) -> None:
    rows = np.random.default_rng(0).normal(size=(6, 5, 3))
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    kernels = rows @ np.swapaxes(rows, 1, 2)
    want = [vendi_from_kernel(kernel, order) for kernel in kernels]
    np.testing.assert_allclose(effective_numbers(kernels, order), want)
    assert effective_numbers(np.zeros((1, 2, 2)), order).tolist() == [1.0]


def test_the_published_kernel() -> None:
    kernel = np.array([[[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1.0]]])
    assert effective_numbers(kernel, 1.0)[0] == pytest.approx(2.1573, abs=1e-4)
