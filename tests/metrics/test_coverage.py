import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.metrics import coverage


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 30), st.integers(1, 6), st.integers(1, 30), st.integers(0, 99))
def test_coverage_is_its_definition(size, width, picked, seed):
    draw = np.random.default_rng(seed)
    rows = draw.standard_normal((size, width))
    picks = draw.permutation(size)[: min(picked, size - 1)]
    left = np.setdiff1d(np.arange(size), picks)
    gaps = np.array([min(np.linalg.norm(rows[i] - rows[j]) for j in picks) for i in left])
    free = ((rows[left] - rows.mean(axis=0)) ** 2).sum(axis=1)
    found = coverage(rows, picks)
    assert found.rows == len(left)
    assert found.mean == pytest.approx(gaps.mean())
    assert found.radius == pytest.approx(gaps.max())
    assert found.quantile == pytest.approx(np.quantile(gaps, 0.95))
    assert found.share == pytest.approx(np.maximum(free - gaps**2, 0).sum() / free.sum())


def test_known_values_on_a_line():
    found = coverage(np.array([[0.0], [1], [3], [10]]), np.array([0, 3]))
    assert (found.mean, found.radius, found.rows) == (2.0, 3.0, 2)


def test_only_the_rows_asked_for_count_and_picks_among_them_do_not():
    rows = np.array([[0.0], [1], [3], [100]])
    found = coverage(rows, np.array([0]), rows=np.array([0, 1, 2]))
    assert (found.mean, found.rows) == (2.0, 2)


def test_a_pool_that_is_picked_whole_leaves_nothing_uncovered():
    found = coverage(np.eye(3), np.arange(3))
    assert (found.mean, found.radius, found.share, found.rows) == (0.0, 0.0, 1.0, 0)


def test_no_picks_cover_nothing():
    with pytest.raises(ParameterError, match="at least one row"):
        coverage(np.eye(3), np.array([], dtype=np.int64))
