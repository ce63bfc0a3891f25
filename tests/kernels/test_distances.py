import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.distances import Centers, mean_row, squared_distance, squared_distances
from cribble.kernels.reference import distances as twin


def grid_rows(seed: int, n: int, d: int) -> np.ndarray:
    """Rows on a coarse grid: sums of squares are exact and ties are common."""
    return np.random.default_rng(seed).integers(-3, 4, (n, d)).astype(np.float32)


def limits(n: int, blocked: np.ndarray) -> tuple[np.ndarray, ...]:
    return blocked, np.zeros(n, dtype=np.int64), np.zeros(n), np.array([np.inf])


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 300))
def test_squared_distances_equal_their_twin(seed: int, n: int, d: int) -> None:
    X = grid_rows(seed, n, d)
    point = X[seed % n].astype(np.float64)
    assert np.array_equal(squared_distances(X, point), twin.squared_distances(X, point))


def test_a_distance_that_is_enough_lies_between_the_bar_and_the_truth() -> None:
    X = np.random.default_rng(0).standard_normal((2, 500)).astype(np.float32)
    true = squared_distance(X[0], X[1], np.inf)
    for share in (0.1, 0.5, 0.9):
        assert share * true <= squared_distance(X[0], X[1], share * true) <= true
    assert squared_distance(X[0], X[1], 1.1 * true) == true


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 4))
def test_farthest_rows_equal_their_twin_ties_and_blocked_rows_too(
    seed: int, n: int, d: int
) -> None:
    X = grid_rows(seed, n, d)
    blocked = np.random.default_rng(seed).random(n) < 0.2
    centers, picks = Centers(X), [0]
    blocked[0] = True
    centers.add(0)
    while not blocked.all():
        row = centers.farthest(*limits(n, blocked))
        assert row == twin.farthest_row(X, picks, ~blocked)
        blocked[row] = True
        before = twin.nearest_center(X, picks)[0][row]
        assert centers.add(row) == before
        picks.append(row)
    assert centers.farthest(*limits(n, blocked)) == -1


@pytest.mark.parametrize("spread", [0.1, 10.0])
def test_many_centers_settle_as_the_twin_does(spread: float) -> None:
    # More than a block of rows and more centers than one batch; a small spread makes matrix
    # products decide, a large one the triangle inequality.
    rng = np.random.default_rng(1)
    middle = spread * rng.standard_normal((20, 24))
    X = (middle[rng.integers(20, size=1500)] + rng.standard_normal((1500, 24))).astype(np.float32)
    centers = Centers(X)
    for row in range(200):
        centers.add(row)
    squared, owner = centers.settle()
    expected, nearest = twin.nearest_center(X, list(range(200)))
    assert np.array_equal(owner, nearest)
    np.testing.assert_allclose(squared, expected, rtol=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_best_additions_equal_their_twin(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3))
    prior, cap = rng.random(n), float(rng.uniform(0.5, 3))
    blocked = np.zeros(n, dtype=bool)
    centers, picks = Centers(X), [int(rng.integers(n))]
    blocked[picks[0]] = True
    centers.add(picks[0])
    while not blocked.all():
        row = centers.best_addition(prior, 0.3, cap, *limits(n, blocked))
        assert row == twin.best_addition(X, picks, prior, 0.3, cap, ~blocked)
        blocked[row] = True
        centers.add(row)
        picks.append(row)


def test_the_mean_row_is_summed_in_float64() -> None:
    X = np.full((3000, 1), 0.1, dtype=np.float32)
    assert mean_row(X)[0] == pytest.approx(np.float64(np.float32(0.1)), rel=1e-12)
