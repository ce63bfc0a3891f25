from __future__ import annotations

from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.kernels import assignment
from cribble.kernels.kmeans import k_means, lloyd, mini_batch
from cribble.kernels.reference import kmeans as reference


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(1, 10),
    st.integers(1, 4),
    st.integers(0, 8),
    st.integers(0, 10**6),
)
def test_lloyd_equals_the_definition(n, k, d, iterations, seed):
    """Whole numbers make every sum exact, so centers must agree to the bit; some end up empty."""
    random = np.random.default_rng(seed)
    x = random.integers(-3, 4, (n, d)).astype(np.float32)
    start = random.integers(-3, 4, (min(n, k), d)).astype(np.float32)
    found = lloyd(x, start, iterations=iterations)
    centers, label, inertia, done = reference.lloyd(x, start, iterations)
    np.testing.assert_array_equal(found.centers, centers)
    np.testing.assert_array_equal(found.assignment, label)
    assert found.inertia == pytest.approx(inertia, rel=1e-12, abs=1e-12)
    assert found.iterations == done


def test_bounds_never_skip_a_row_that_should_move():
    """Overlapping clusters over many rounds, where most rows are skipped in the later ones."""
    random = np.random.default_rng(0)
    x = random.standard_normal((1_500, 5)).astype(np.float32)
    found = lloyd(x, x[:30], iterations=60)
    label, squares = reference.nearest_centers(x, found.centers)
    np.testing.assert_array_equal(found.assignment, label)
    assert found.inertia == pytest.approx(squares.sum(), rel=1e-9)
    assert found.inertia == pytest.approx(reference.lloyd(x, x[:30], 60)[2], rel=1e-6)


def test_inertia_never_rises():
    x = np.random.default_rng(1).standard_normal((600, 6)).astype(np.float32)
    course = [lloyd(x, x[:12], iterations=rounds).inertia for rounds in range(8)]
    assert all(after <= before * (1 + 1e-6) for before, after in pairwise(course))
    assert course[-1] < 0.9 * course[0]


def same(first, second):
    np.testing.assert_array_equal(first.centers, second.centers)
    np.testing.assert_array_equal(first.assignment, second.assignment)
    assert first.inertia == second.inertia


@pytest.mark.parametrize("batch", [None, 256])
def test_result_depends_on_no_thread_chunk_or_storage(batch, tmp_path, monkeypatch):
    x = np.random.default_rng(2).standard_normal((assignment.CHUNK + 900, 4)).astype(np.float16)
    np.save(tmp_path / "x.npy", x)
    options = {"seed": 3, "iterations": 4, "batch": batch}
    found = k_means(x, 40, **options)
    same(found, k_means(np.load(tmp_path / "x.npy", mmap_mode="r"), 40, **options))
    same(found, k_means(x.astype(np.float32), 40, **options))
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        same(found, k_means(x, 40, **options))
    finally:
        numba.set_num_threads(before)
    monkeypatch.setattr(assignment, "_SCORES", 4_000)
    same(found, k_means(x, 40, **options))


def test_planted_clusters_are_found():
    random = np.random.default_rng(3)
    planted = random.integers(0, 8, 2_000)
    x = (random.standard_normal((8, 10)) * 100)[planted] + random.standard_normal((2_000, 10))
    for batch in (None, 200):
        found = k_means(x.astype(np.float32), 8, seed=0, batch=batch)
        pairs = set(zip(planted.tolist(), found.assignment.tolist(), strict=True))
        assert len(pairs) == 8


def test_warm_up_serves_the_same_end():
    x = np.random.default_rng(4).standard_normal((4_000, 8)).astype(np.float32)
    warm = k_means(x, 5, seed=1, iterations=40)
    cold = k_means(x, 5, seed=1, iterations=40, warm_up=0)
    assert warm.inertia == pytest.approx(cold.inertia, rel=0.02)
    assert not np.array_equal(warm.centers, cold.centers)


def test_spherical_clusters_by_cosine():
    random = np.random.default_rng(5)
    x = (random.standard_normal((500, 6)) * random.uniform(0.1, 9, (500, 1))).astype(np.float32)
    found = k_means(x, 7, seed=0, spherical=True)
    centers = found.centers.astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(centers, axis=1), 1, atol=1e-6)
    cosines = reference.unit_rows(x) @ centers.T
    np.testing.assert_array_equal(found.assignment, cosines.argmax(axis=1))
    assert found.inertia == pytest.approx((2 - 2 * cosines.max(axis=1)).sum(), rel=1e-5)


def test_mini_batch_moves_centers_to_means_of_all_they_were_given():
    """One center: whatever the batches, it ends at the mean of all rows drawn."""
    x = np.arange(10, dtype=np.float32)[:, None]
    found = mini_batch(x, x[:1], seed=0, steps=400, batch=50)
    assert found.centers[0, 0] == pytest.approx(4.5, abs=0.1)
    assert found.iterations == 400
    np.testing.assert_array_equal(found.assignment, 0)


def test_a_start_without_rows_is_repaired():
    x = np.array([[0], [1], [2], [10], [30]], dtype=np.float32)
    start = np.array([[1], [100], [100]], dtype=np.float32)
    found = lloyd(x, start, iterations=10)
    assert sorted(np.bincount(found.assignment, minlength=3)) == [1, 1, 3]
    assert found.inertia == 2.0


def test_one_cluster_each_and_one_for_all():
    x = np.random.default_rng(6).standard_normal((9, 3)).astype(np.float32)
    assert k_means(x, 9).inertia == 0
    np.testing.assert_allclose(k_means(x, 1).centers[0], x.mean(axis=0), rtol=1e-6)


def test_impossible_numbers_are_refused():
    x = np.zeros((3, 2), dtype=np.float32)
    with pytest.raises(ParameterError, match="k is 4"):
        k_means(x, 4)
    with pytest.raises(ParameterError, match="batch is 0"):
        k_means(x, 2, batch=0)
