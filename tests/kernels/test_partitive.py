"""Partitions against planted blobs and against scikit-learn's index and mixture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from cribble.kernels.partitive import _mixture, adjusted_rand, partition


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 4), st.integers(1, 4))
def test_the_index_is_that_of_its_definition(seed: int, n: int, a: int, b: int) -> None:
    random = np.random.default_rng(seed)
    left, right = random.integers(0, a, n), random.integers(0, b, n)
    assert adjusted_rand(left, right) == pytest.approx(adjusted_rand_score(left, right), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("k", [3, 7])
def test_planted_blobs_are_found_and_rows_between_them_are_not_sure(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    centers = 12 * np.eye(40)[:k]
    of = np.arange(60 * k) % k
    x = (centers[of] + random.standard_normal((60 * k, 40))).astype(np.float32)
    x[0] = (centers[0] + centers[1]) / 2
    found = partition(x, seed=seed)
    assert found.codes.max() + 1 == k
    assert adjusted_rand(found.codes[1:], of[1:]) == 1
    assert min(found.agreement, found.stability) > 0.95
    assert (found.sure[1:] > 0.99).mean() > 0.99


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_the_mixture_takes_the_steps_of_em(seed: int) -> None:
    random = np.random.default_rng(seed)
    x = random.standard_normal((60, 2)) + 3 * (np.arange(60) % 2)[:, None]
    codes = np.arange(60) % 2
    model = GaussianMixture(2, covariance_type="diag", reg_covar=1e-6 * x.var(axis=0).sum())
    model._initialize(x, np.eye(2)[codes])
    for _ in range(4):
        model._m_step(x, model._e_step(x)[1])
    np.testing.assert_allclose(_mixture(x, codes, 2), model.predict_proba(x), atol=1e-8)


@pytest.mark.parametrize("n", [0, 1, 30, 400])
def test_few_or_identical_rows_are_one_cluster(n: int) -> None:
    found = partition(np.ones((n, 3), dtype=np.float32), seed=0)
    assert found.codes.tolist() == [0] * n
