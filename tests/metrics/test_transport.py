import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist

from cribble.core.errors import ParameterError
from cribble.metrics import max_sliced_wasserstein, sinkhorn_divergence, sliced_wasserstein


def transport_cost(x, y):
    """The squared Wasserstein-2 distance, as a linear program."""
    m, n = len(x), len(y)
    rows = [np.kron(np.eye(m)[i], np.ones(n)) for i in range(m)]
    columns = [np.kron(np.ones(m), np.eye(n)[j]) for j in range(n)]
    masses = [1 / m] * m + [1 / n] * n
    costs = cdist(x, y, "sqeuclidean").ravel()
    return linprog(costs, A_eq=np.array(rows + columns), b_eq=masses).fun


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 99))
def test_on_a_line_it_is_the_exact_distance(m, n, seed):
    draw = np.random.default_rng(seed)
    x, y = draw.standard_normal((m, 1)), draw.standard_normal((n, 1)) * 2
    assert sliced_wasserstein(x, y, directions=2).value == pytest.approx(transport_cost(x, y))


def test_points_apart_are_their_squared_distance_apart():
    x, y = np.zeros((4, 1)), np.full((3, 1), 2.0)
    found = sliced_wasserstein(x, y, directions=3)
    assert (found.value, found.error) == (pytest.approx(4), pytest.approx(0))
    found = sinkhorn_divergence(np.zeros((4, 2)), np.full((3, 2), 2.0))
    assert (found.value, found.error) == (pytest.approx(8), pytest.approx(0, abs=1e-9))


def test_in_the_plane_a_direction_shows_half_of_a_shift_on_average():
    x = np.random.default_rng(0).standard_normal((50, 2))
    found = sliced_wasserstein(x, x + np.array([3.0, 0.0]), directions=500)
    # Squared cosines of 500 directions: 9 / 2, with a standard deviation of 9 / 8^0.5 each.
    assert abs(found.value - 4.5) < 3 * 9 / 8**0.5 / 500**0.5


def test_the_best_direction_is_found_where_few_show_the_difference():
    draw = np.random.default_rng(3)
    # Means are equal; along one axis of eight the right side is three times as wide.
    x, y = draw.standard_normal((2, 300, 8))
    y[:, 5] *= 3
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    angles = np.linspace(0, np.pi, 181)
    axis = max_sliced_wasserstein(x[:, [5]], y[:, [5]]).value
    found = max_sliced_wasserstein(x, y)
    assert axis <= found.value < 1.3 * axis
    assert sliced_wasserstein(x, y).value < found.value / 4
    # In the plane every direction can be tried.
    plane = [np.array([np.cos(one), np.sin(one)]) for one in angles]
    u, v = x[:, 4:6], y[:, 4:6]
    tried = max(sliced_wasserstein(u @ way[:, None], v @ way[:, None]).value for way in plane)
    assert max_sliced_wasserstein(u, v).value >= 0.999 * tried
    assert max_sliced_wasserstein(x, x + 2.0).value == pytest.approx(8 * 4)


def test_errors_cover_repeated_draws():
    draw = np.random.default_rng(1)
    for measure, options in (
        (sliced_wasserstein, {"directions": 40}),
        (sinkhorn_divergence, {"epsilon": 0.1, "tolerance": 1e-3}),
        (max_sliced_wasserstein, {"directions": 5}),
    ):
        found = [
            measure(
                draw.standard_normal((60, 2)),
                draw.standard_normal((50, 2)) + 2,
                seed=seed,
                **options,
            )
            for seed in range(80)
        ]
        spread = np.std([one.value for one in found])
        assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.35)


def test_equal_sets_are_at_zero_and_little_entropy_gives_the_transport_cost():
    draw = np.random.default_rng(2)
    x, y = draw.standard_normal((12, 3)), draw.standard_normal((12, 3)) + 3
    assert sinkhorn_divergence(x, x).value == pytest.approx(0, abs=1e-6)
    found = sinkhorn_divergence(x, y, epsilon=0.002, iterations=3000, tolerance=1e-7)
    costs = cdist(x, y, "sqeuclidean")
    exact = costs[linear_sum_assignment(costs)].mean()
    assert found.value == pytest.approx(exact, rel=0.02)


def test_large_sides_are_drawn_from_within_the_error():
    draw = np.random.default_rng(3)
    x, y = draw.standard_normal((600, 2)), draw.standard_normal((500, 2)) + 1
    whole = sinkhorn_divergence(x, y, most=None, tolerance=1e-3)
    part = sinkhorn_divergence(x, y, most=150, tolerance=1e-3)
    assert abs(part.value - whole.value) < 4 * part.error
    assert part.error > whole.error


def test_what_cannot_be_estimated_is_refused():
    x = np.zeros((3, 1))
    with pytest.raises(ParameterError, match="directions"):
        sliced_wasserstein(x, x, directions=1)
    with pytest.raises(ParameterError, match="epsilon"):
        sinkhorn_divergence(x, x, epsilon=0.0)
    for measure in (sliced_wasserstein, sinkhorn_divergence):
        with pytest.raises(ParameterError, match="rows"):
            measure(x[:1], x)
