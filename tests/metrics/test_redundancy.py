import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

from cribble.core.errors import ParameterError
from cribble.metrics import mean_nearest_distance, min_pairwise_distance, near_duplicate_share


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 25), st.integers(0, 99), st.floats(-0.5, 0.99))
def test_near_duplicates_are_counted_as_defined(size, seed, threshold):
    rows = np.random.default_rng(seed).standard_normal((size, 3))
    cosines = 1 - squareform(pdist(rows, "cosine"))
    np.fill_diagonal(cosines, -2)
    expected = (cosines.max(axis=1) >= threshold).mean()
    assert near_duplicate_share(rows, threshold) == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_planted_copies_are_found_exactly(dtype):
    rows = np.random.default_rng(0).standard_normal((100, 64)).astype(dtype)
    rows[50:60] = 3 * rows[:10]
    assert near_duplicate_share(rows, 0.999) == pytest.approx(0.2)
    rows[50:60] = rows[:10]
    assert near_duplicate_share(rows, 1.0) == pytest.approx(0.2)


def test_a_sample_estimates_the_share():
    rows = np.random.default_rng(0).standard_normal((3_000, 32))
    rows[1_500:2_100] = rows[:600]
    assert near_duplicate_share(rows, sample=600, seed=1) == pytest.approx(0.4, abs=0.06)


def test_the_threshold_is_a_cosine():
    with pytest.raises(ParameterError, match="threshold"):
        near_duplicate_share(np.eye(3), 1.5)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 25), st.integers(1, 4), st.integers(0, 99))
def test_the_closest_pair_is_found(size, width, seed):
    rows = np.random.default_rng(seed).standard_normal((size, width))
    assert min_pairwise_distance(rows) == pytest.approx(pdist(rows).min())
    full = squareform(pdist(rows))
    np.fill_diagonal(full, np.inf)
    assert mean_nearest_distance(rows) == pytest.approx(full.min(axis=1).mean())
    assert min_pairwise_distance(rows, sample=size // 2 + 1) >= min_pairwise_distance(rows) - 1e-12


def test_fewer_than_two_rows_have_no_pair():
    assert min_pairwise_distance(np.ones((1, 2))) == float("inf")
    assert mean_nearest_distance(np.ones((1, 2))) == float("inf")
    assert near_duplicate_share(np.ones((1, 2))) == 0
