import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.report.measures import COVERAGE, QUALITY
from cribble.report.plots import Line, chart, decades, strip, tick_labels, ticks
from cribble.report.verdict import Verdict

DRAWS = (1.0, 2.0, 3.0, 4.0, 5.0)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_enclose_the_values_in_even_steps(low, width):
    found = ticks(low, low + width)
    slack = 1e-6 * max(1, abs(low), abs(low + width))
    assert found[0] <= low + slack
    assert found[-1] >= low + width - slack
    assert 2 <= len(found) <= 8
    np.testing.assert_allclose(np.diff(found), found[1] - found[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 500, 1000], ["0", "500", "1,000"]),
        ([0.6, 0.8, 1.0], ["0.6", "0.8", "1.0"]),
        ([-0.25, 0.0, 0.25], ["−0.25", "0.00", "0.25"]),
    ],
)
def test_tick_labels_share_their_decimals(values, labels):
    assert tick_labels(values) == labels


@pytest.mark.parametrize(("measure", "side"), [(COVERAGE, "212.0"), (QUALITY, "8.0")])
def test_the_right_end_of_a_strip_is_the_better_one(measure, side):
    assert f'cx="{side}"' in strip(Verdict(measure, -50.0, DRAWS))


def test_strips_can_share_a_scale():
    assert 'cx="8.0"' in strip(Verdict(QUALITY, -50.0, DRAWS))
    assert 'cx="110.0"' in strip(Verdict(QUALITY, 0.0, DRAWS), span=(-50.0, 50.0))


def test_a_chart_has_axes_units_and_words():
    line = Line(np.array([0.0, 10]), np.array([0.0, 5]), "the <line>", "choice")
    drawn = chart(
        [line],
        x_label="number of picks",
        y_label="value & unit",
        description="It rises.",
        from_zero=True,
    )
    for text in (
        "number of picks",
        "value &amp; unit",
        'aria-label="It rises."',
        "the &lt;line&gt;",
    ):
        assert text in drawn


def test_a_logarithmic_axis_gives_each_decade_the_same_width():
    line = Line(np.array([10.0, 100, 1_000]), np.array([0.0, 1, 2]), "line", "choice")
    words = {"x_label": "rows", "y_label": "value", "description": "It rises.", "from_zero": True}
    drawn = chart([line], **words, logarithmic=True)
    assert 'points="64.0,276.0 384.0,152.0 704.0,28.0"' in drawn
    assert all(f">{tick}<" in drawn for tick in ("10", "20", "50", "100", "200", "500", "1,000"))


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(3, 40, [5, 10, 20]), (1, 1e5, [1, 10, 100, 1e3, 1e4, 1e5]), (20, 40, [20]), (7, 9, [])],
)
def test_decades_are_round_numbers_inside(low, high, found):
    assert decades(low, high) == found
