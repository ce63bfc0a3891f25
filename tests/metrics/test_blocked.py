import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.metrics import blocked
from cribble.metrics.blocked import mean_distances, nearest, sample_rows, unit_rows


def brute(left, right):
    gaps = left.astype(np.float64)[:, None] - right.astype(np.float64)[None]
    return np.sqrt((gaps**2).sum(axis=2))


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocked, "_ROWS", 7)
    monkeypatch.setattr(blocked, "_POINTS", 5)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nearest_finds_the_nearest_across_blocks(dtype):
    draw = np.random.default_rng(0)
    queries = (draw.standard_normal((31, 4)) + 100).astype(dtype)
    points = (draw.standard_normal((17, 4)) + 100).astype(dtype)
    gaps, found = nearest(queries, points)
    full = brute(queries, points)
    np.testing.assert_allclose(gaps, full.min(axis=1), atol=1e-5)
    np.testing.assert_allclose(full[np.arange(31), found], full.min(axis=1), atol=1e-5)


@pytest.mark.usefixtures("small_blocks")
def test_nearest_leaves_a_row_itself_out():
    rows = np.random.default_rng(1).standard_normal((23, 3))
    gaps, found = nearest(rows, rows, own=np.arange(23))
    full = brute(rows, rows)
    np.fill_diagonal(full, np.inf)
    np.testing.assert_allclose(gaps, full.min(axis=1))
    np.testing.assert_array_equal(found, full.argmin(axis=1))


def test_nearest_takes_the_first_of_equal_points():
    points = np.array([[1.0, 0], [0, 0], [0, 0]])
    assert nearest(np.array([[0.0, 0.1]]), points)[1].tolist() == [1]


def test_nearest_has_no_answer_where_no_point_is_left():
    gaps, found = nearest(np.ones((1, 2)), np.ones((1, 2)), own=np.array([0]))
    assert gaps[0] == np.inf
    assert found[0] == -1


def test_equal_float32_rows_far_from_the_origin_are_at_distance_zero():
    rows = np.full((3, 8), 12345.678, dtype=np.float32)
    np.testing.assert_array_equal(nearest(rows, rows, own=np.arange(3))[0], 0)


@pytest.mark.usefixtures("small_blocks")
def test_mean_distances_agree_with_all_pairs():
    draw = np.random.default_rng(2)
    left, right = draw.standard_normal((19, 3)), draw.standard_normal((13, 3))
    np.testing.assert_allclose(mean_distances(left, right), brute(left, right).mean(axis=1))
    np.testing.assert_allclose(mean_distances(left), brute(left, left).sum(axis=1) / 18)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 5))
def test_a_sample_is_distinct_ascending_and_repeatable(size, most, seed):
    rows = sample_rows(size, most, seed, "step")
    assert len(rows) == min(size, most)
    assert (np.diff(rows) > 0).all()
    assert ((rows >= 0) & (rows < size)).all()
    np.testing.assert_array_equal(rows, sample_rows(size, most, seed, "step"))


def test_a_row_of_zeros_stays_zero_when_scaled():
    unit = unit_rows(np.array([[3.0, 4], [0, 0]]))
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0, 0]])
