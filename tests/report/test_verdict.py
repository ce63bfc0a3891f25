import json

import numpy as np
import pytest
from scipy.stats import t

from cribble.report.measures import COVERAGE, QUALITY, Measure
from cribble.report.verdict import Comparison, Verdict, number

EVEN = Measure("balance:x", "Evenness", "the evenness", "")
DRAWS = tuple(np.linspace(0.9, 1.1, 20).tolist())


def comparison(head, *others):
    return Comparison(
        method="m", headline=head, others=others, repeats=len(DRAWS), rows=100, seed=0
    )


def test_the_interval_predicts_one_more_draw():
    draws = np.random.default_rng(0).standard_normal(20)
    low, high = Verdict(QUALITY, 0.0, tuple(draws)).interval
    reach = t.ppf(0.975, 19) * draws.std(ddof=1) * (1 + 1 / 20) ** 0.5
    assert low == pytest.approx(draws.mean() - reach)
    assert high == pytest.approx(draws.mean() + reach)


def test_an_interval_ends_where_the_measure_does():
    assert Verdict(COVERAGE, 1.0, (0.0, 0.0, 0.0, 0.0, 3.0)).interval[0] == 0


@pytest.mark.parametrize(
    ("measure", "value", "outcome"),
    [
        (COVERAGE, 0.5, "better"),
        (COVERAGE, 1.5, "worse"),
        (COVERAGE, 1.05, "same"),
        (QUALITY, 1.5, "better"),
        (QUALITY, 0.5, "worse"),
        (EVEN, 1.5, "different"),
        (EVEN, 1.0, "same"),
    ],
)
def test_the_outcome_follows_the_direction_that_is_better(measure, value, outcome):
    assert Verdict(measure, value, DRAWS).outcome == outcome


@pytest.mark.parametrize("draw", ["standard_normal", "standard_exponential", "standard_cauchy"])
def test_a_random_choice_is_seldom_called_better_whatever_the_distribution(draw):
    values = getattr(np.random.default_rng(0), draw)((2_000, 21))
    calls = [Verdict(QUALITY, one[0], tuple(one[1:])).outcome for one in values]
    assert calls.count("better") / 2_000 <= 1 / 21
    assert (len(calls) - calls.count("same")) / 2_000 <= 0.06


def test_a_value_beyond_the_interval_but_not_beyond_every_draw_is_chance():
    draws = (*([0.0] * 19), 10.0)
    assert Verdict(QUALITY, 9.0, draws).interval[1] < 9.0
    assert Verdict(QUALITY, 9.0, draws).outcome == "same"


def test_many_tests_share_the_risk():
    value = Verdict(QUALITY, 0, DRAWS).interval[1] + 0.01
    assert Verdict(QUALITY, value, DRAWS).outcome == "better"
    assert Verdict(QUALITY, value, DRAWS, tests=50).outcome == "same"


def test_the_last_bits_of_a_sum_are_no_difference():
    assert Verdict(QUALITY, 1 + 1e-12, (1.0,) * 20).outcome == "same"
    assert Verdict(QUALITY, 1.1, (1.0,) * 20).outcome == "better"


def test_a_sure_but_tiny_difference_is_no_better_and_said_so():
    draws = tuple(np.linspace(1.0, 1.001, 20).tolist())
    head = Verdict(COVERAGE, 0.97, draws)
    assert head.small
    assert head.outcome == "same"
    text = comparison(head).verdict
    assert text.startswith("No better than random: ")
    assert text.endswith("The difference is beyond chance, but too small to matter.")


def test_the_verdict_reads_as_a_sentence():
    assert comparison(Verdict(COVERAGE, 0.5, DRAWS)).verdict == (
        "Covers the pool better than random: the mean distance from an unpicked row to its "
        "nearest pick is 0.500, against 1 for random subsets of the same budget (95% interval "
        "0.866 to 1.134)."
    )
    assert comparison(Verdict(COVERAGE, 1.5, DRAWS)).verdict.startswith("Worse than random: ")
    assert comparison(Verdict(COVERAGE, 1.0, DRAWS)).verdict.startswith("No better than random: ")
    assert comparison(None).verdict.startswith("Not held against random: ")


def test_remarks_name_gains_and_losses():
    found = comparison(
        Verdict(COVERAGE, 0.5, DRAWS), Verdict(QUALITY, 0.5, DRAWS), Verdict(EVEN, 9, DRAWS)
    )
    assert found.remarks == ("Worse than random: the mean quality of the picks.",)


def test_a_comparison_is_json():
    found = json.loads(json.dumps(comparison(Verdict(COVERAGE, 0.5, DRAWS)).as_dict()))
    assert found["better_than_random"] is True
    assert found["metrics"]["coverage_distance"]["outcome"] == "better"
    assert comparison(None).as_dict()["better_than_random"] is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234567.8, "1,234,568"),
        (12.3456, "12.35"),
        (0.62744, "0.627"),
        (0.0034567, "0.0035"),
        (0.0000123, "0.000012"),
        (-0.5, "−0.500"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
    ],
)
def test_numbers_are_rounded_for_people(value, text):
    assert number(value) == text


def test_shares_are_percents():
    assert number(0.4567, Measure("facility_share", "", "", "higher")) == "45.7%"
