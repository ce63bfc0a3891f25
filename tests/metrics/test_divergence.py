import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from cribble.core.errors import ParameterError
from cribble.metrics import cauchy_schwarz_divergence, energy_distance, mmd_squared


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 20), st.integers(2, 20), st.integers(1, 4), st.integers(0, 99))
def test_energy_distance_is_its_definition(left, right, width, seed):
    draw = np.random.default_rng(seed)
    x, y = draw.standard_normal((left, width)), draw.standard_normal((right, width))
    within = [cdist(one, one).sum() / (len(one) * (len(one) - 1)) for one in (x, y)]
    assert energy_distance(x, y).value == pytest.approx(2 * cdist(x, y).mean() - sum(within))


def test_energy_distance_of_two_points_apart():
    found = energy_distance(np.zeros((3, 1)), np.full((3, 1), 2.0))
    assert (found.value, found.error) == (pytest.approx(4), pytest.approx(0))


def test_equal_distributions_are_at_zero_on_average():
    draw = np.random.default_rng(0)
    found = [
        energy_distance(draw.standard_normal((30, 2)), draw.standard_normal((40, 2))).value
        for _ in range(200)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / 200**0.5


def test_the_error_covers_the_spread_of_repeated_draws():
    draw = np.random.default_rng(1)
    found = [
        energy_distance(draw.standard_normal((80, 2)), draw.standard_normal((60, 2)) + 1)
        for _ in range(200)
    ]
    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.2)


def test_one_row_has_no_spread():
    with pytest.raises(ParameterError, match="at least 2 rows"):
        energy_distance(np.ones((1, 2)), np.ones((5, 2)))


def gaussian(x, y, width):
    return np.exp(-cdist(x, y, "sqeuclidean") / (2 * width**2))


def off_diagonal(values, weights):
    pairs = np.outer(weights, weights)
    np.fill_diagonal(pairs, 0)
    return (values * pairs).sum() / pairs.sum()


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 20), st.integers(2, 20), st.integers(1, 4), st.integers(0, 99))
def test_kernel_divergences_are_their_definitions(left, right, dim, seed):
    draw = np.random.default_rng(seed)
    x, y = draw.standard_normal((left, dim)), draw.standard_normal((right, dim))
    within_x = off_diagonal(gaussian(x, x, 0.7), np.ones(left))
    within_y = off_diagonal(gaussian(y, y, 0.7), np.ones(right))
    across = gaussian(x, y, 0.7).mean()
    assert mmd_squared(x, y, width=0.7).value == pytest.approx(within_x + within_y - 2 * across)
    expected = np.log(within_x) + np.log(within_y) - 2 * np.log(across)
    assert cauchy_schwarz_divergence(x, y, width=0.7).value == pytest.approx(expected)


def test_weights_stand_for_copies_of_rows():
    draw = np.random.default_rng(3)
    x, y = draw.standard_normal((9, 2)), draw.standard_normal((12, 2))
    weights = draw.uniform(0.5, 2, 9)
    share = weights / weights.sum()
    # A row's mean over the others is weighted, and so is the mean of those means.
    kernel = gaussian(x, x, 1.0)
    np.fill_diagonal(kernel, 0)
    within = share @ (kernel @ share / (1 - share))
    within_y = off_diagonal(gaussian(y, y, 1.0), np.ones(12))
    across = share @ gaussian(x, y, 1.0).mean(axis=1)
    found = mmd_squared(x, y, width=1.0, weights=weights)
    assert found.value == pytest.approx(within + within_y - 2 * across)


def test_closed_forms_of_two_gaussians():
    draw = np.random.default_rng(4)
    x = draw.standard_normal((3000, 2))
    y = draw.standard_normal((2500, 2)) + np.array([1.0, 0.0])
    width = 0.5
    spread = width**2 + 2
    near = width**2 / spread
    expected = 2 * near - 2 * near * np.exp(-1 / (2 * spread))
    found = mmd_squared(x, y, width=width)
    assert abs(found.value - expected) < 4 * found.error < 0.05
    found = cauchy_schwarz_divergence(x, y, width=width)
    assert abs(found.value - 1 / spread) < 4 * found.error < 0.2


@pytest.mark.parametrize("seed", range(3))
def test_linear_forms_are_near_the_exact_ones_by_their_own_error(seed):
    draw = np.random.default_rng(seed)
    x, y = draw.standard_normal((150, 5)), draw.standard_normal((200, 5)) + 0.4
    for exact, fast in (
        (energy_distance(x, y), energy_distance(x, y, directions=400, seed=seed)),
        (mmd_squared(x, y, width=2.0), mmd_squared(x, y, width=2.0, features=4096, seed=seed)),
        (
            cauchy_schwarz_divergence(x, y, width=2.0),
            cauchy_schwarz_divergence(x, y, width=2.0, features=4096, seed=seed),
        ),
    ):
        assert abs(fast.value - exact.value) < 3 * fast.error
        assert fast.error < 0.6 * exact.value
        assert fast.error > 0.99 * exact.error or fast.error == pytest.approx(exact.error, rel=0.1)


def test_directions_give_the_exact_energy_distance_on_a_line():
    draw = np.random.default_rng(5)
    x, y = draw.standard_normal((40, 1)), draw.standard_normal((30, 1)) + 1
    assert energy_distance(x, y, directions=2).value == pytest.approx(energy_distance(x, y).value)


@pytest.mark.parametrize("features", [None, 512])
def test_errors_of_kernel_divergences_cover_repeated_draws(features):
    draw = np.random.default_rng(6)
    for measure in (mmd_squared, cauchy_schwarz_divergence):
        found = [
            measure(
                draw.standard_normal((60, 2)),
                draw.standard_normal((50, 2)) + 1,
                width=1.0,
                features=features,
                seed=seed,
            )
            for seed in range(150)
        ]
        spread = np.std([one.value for one in found])
        assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.3)


def test_sides_with_nothing_in_common_are_infinitely_far():
    found = cauchy_schwarz_divergence(np.zeros((2, 1)), np.full((2, 1), 1e3), width=1.0)
    assert found.value == np.inf


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x: mmd_squared(x, x, width=0.0), "width"),
        (lambda x: mmd_squared(x, x, width=1.0, features=3), "features"),
        (lambda x: mmd_squared(x[:1], x, width=1.0), "at least 2 rows"),
        (lambda x: energy_distance(x, x, directions=1), "directions"),
    ],
)
def test_what_cannot_be_estimated_is_refused(call, said):
    with pytest.raises(ParameterError, match=said):
        call(np.arange(6.0).reshape(3, 2))
