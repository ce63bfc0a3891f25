from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.report.knee import knee, within_one_error

SIZES = np.array([1, 10, 100, 1_000, 10_000])


def test_a_planted_knee_is_found_on_the_logarithmic_axis():
    # The chord rises by 2 a decade; the points stand 0, 3, 4, 2 and 0 above it.
    values = np.array([0.0, 5.0, 8.0, 8.0, 8.0])
    assert knee(SIZES, values) == 2


def test_a_falling_curve_has_its_knee_below_the_chord():
    assert knee(SIZES, np.array([8.0, 3.0, 2.0, 1.0, 0.0])) == 1


def test_equal_distances_go_to_the_fewest_rows():
    # 0, 2, 2, 2, 0 above the chord.
    assert knee(SIZES, np.array([0.0, 4.0, 6.0, 8.0, 8.0])) == 1


@pytest.mark.parametrize(
    "values", [[0.0, 1, 2, 3, 4], [0.0, 0, 0, 1, 8], [3.0, 3, 3, 3, 3]], ids=str
)
def test_no_diminishing_returns_no_knee(values):
    assert knee(SIZES, np.array(values)) is None


def test_two_points_have_no_knee():
    assert knee(SIZES[:2], np.array([0.0, 1.0])) is None


@given(st.integers(2, 60), st.floats(0.1, 5), st.floats(-3, 3))
def test_a_bend_is_found_wherever_it_is(bend, slope, shift):
    sizes = np.arange(1, 65)
    values = slope * np.log(np.minimum(sizes, bend)) + shift
    assert sizes[knee(sizes, values)] == bend


def test_the_one_error_rule_by_hand():
    losses = np.array([0.50, 0.34, 0.31, 0.30, 0.32])
    errors = np.array([0.19, 0.03, 0.02, 0.00, 0.01])
    # 0.20 and 0.04 behind are more than their errors; 0.01 behind is less than 0.02.
    assert within_one_error(losses, errors) == 2
    assert within_one_error(losses, np.zeros(5)) == 3


def test_the_first_of_equally_good_ones_is_taken():
    assert within_one_error(np.array([0.4, 0.3, 0.3]), np.zeros(3)) == 1
