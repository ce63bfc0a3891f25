import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from cribble.core.errors import ParameterError
from cribble.metrics import energy_distance


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
