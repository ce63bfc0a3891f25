import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.metrics import (
    entropy,
    mean_pairwise_distance,
    vendi_from_kernel,
    vendi_score,
)
from cribble.metrics.blocked import unit_rows

ORDERS = (0, 0.1, 0.5, 1, 2, 5, np.inf)


def test_vendi_of_the_published_examples():
    x = np.array([0.0, 0, 10, 10, 20, 20])
    assert vendi_from_kernel(np.exp(-np.abs(x[:, None] - x))) == pytest.approx(2.9999, abs=1e-4)
    kernel = np.array([[1, 0.9, 0], [0.9, 1, 0], [0, 0, 1]])
    assert vendi_from_kernel(kernel) == pytest.approx(2.1573, abs=5e-5)


@pytest.mark.parametrize("order", ORDERS)
def test_vendi_of_digits_is_the_same_in_dual_and_primal_form(order):
    digits = pytest.importorskip("sklearn.datasets").load_digits().data[:300]
    unit = unit_rows(digits)
    primal = vendi_from_kernel(unit @ unit.T, order)
    assert vendi_score(digits, order) == pytest.approx(primal, rel=1e-10)
    assert vendi_score(digits[:40], order) == pytest.approx(
        vendi_from_kernel(unit[:40] @ unit[:40].T, order), rel=1e-10
    )


def test_vendi_of_all_digits_as_measured_elsewhere():
    digits = pytest.importorskip("sklearn.datasets").load_digits().data
    found = [vendi_score(digits, order) for order in (0.1, 0.5, 1, 2, np.inf)]
    np.testing.assert_allclose(found, [45.3, 15.1, 4.68, 2.06, 1.45], atol=0.05)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("width", [6, 40])
def test_vendi_counts_orthogonal_rows_and_not_copies(order, width):
    rows = np.eye(6, width)
    assert vendi_score(rows, order) == pytest.approx(6)
    assert vendi_score(np.repeat(rows, 3, axis=0), order) == pytest.approx(6)
    assert vendi_score(np.ones((4, width)), order) == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_vendi_lies_between_one_and_n_and_falls_with_the_order(size, width, seed):
    rows = np.random.default_rng(seed).standard_normal((size, width))
    scores = np.array([vendi_score(rows, order) for order in ORDERS])
    assert (np.diff(scores) <= 1e-9).all()
    assert scores[-1] >= 1 - 1e-9
    assert scores[0] <= min(size, width) + 1e-9


@pytest.mark.parametrize("width", [2, 9])
def test_weights_act_like_copies(width):
    rows = np.random.default_rng(0).standard_normal((4, width))
    copies = np.array([3, 1, 2, 1])
    weighted = vendi_score(rows, weights=copies / copies.sum())
    assert weighted == pytest.approx(vendi_score(np.repeat(rows, copies, axis=0)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_vendi_of_stored_vectors_is_close_to_that_of_float64(dtype):
    rows = np.random.default_rng(0).standard_normal((5_000, 8)).astype(dtype)
    assert vendi_score(rows) == pytest.approx(vendi_score(rows.astype(np.float64)), rel=1e-4)


def test_vendi_refuses_what_it_cannot_score():
    with pytest.raises(ParameterError, match="order"):
        vendi_score(np.eye(3), -1)
    with pytest.raises(ParameterError, match="at least one row"):
        vendi_score(np.empty((0, 3)))
    with pytest.raises(ParameterError, match="diagonal"):
        vendi_from_kernel(2 * np.eye(3))
    with pytest.raises(ParameterError, match="square"):
        vendi_from_kernel(np.ones((2, 3)))
    with pytest.raises(ParameterError, match="20,000"):
        vendi_score(np.broadcast_to(np.float32(1), (20_001, 20_001)))


def test_mean_pairwise_distance_of_a_triangle():
    assert mean_pairwise_distance(np.array([[0.0, 0], [3, 0], [3, 4]])) == pytest.approx(4)
    assert mean_pairwise_distance(np.ones((1, 2))) == 0


@pytest.mark.parametrize(
    ("codes", "groups", "expected"),
    [
        ([0, 1, 2, 3], 4, 1.0),
        ([2, 2, 2], 4, 0.0),
        ([0, 0, 1, 1], 4, 0.5),
        ([0], 1, 0.0),
        ([], 3, 0),
    ],
)
def test_entropy_of_shares(codes, groups, expected):
    assert entropy(np.array(codes, dtype=np.int64), groups) == pytest.approx(expected)
