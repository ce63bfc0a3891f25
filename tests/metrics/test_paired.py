import math

import numpy as np
import pytest
from scipy.stats import t

from cribble.core.errors import ParameterError
from cribble.metrics import bootstrap_interval


def coverage(draw, truth, repeats, risk, trials=300):
    rng = np.random.default_rng(0)
    ends = [bootstrap_interval(draw(rng, repeats), risk, seed=one) for one in range(trials)]
    return np.mean([low <= truth <= high for low, high in ends])


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda rng, n: rng.normal(size=n), 0.0),
        (lambda rng, n: rng.exponential(size=n), 1.0),
        (lambda rng, n: rng.binomial(20, 0.3, size=n) / 20, 0.3),
    ],
)
@pytest.mark.parametrize(("repeats", "risk"), [(5, 0.05), (10, 0.05), (10, 0.0125)])
def test_the_interval_holds_the_truth_as_often_as_it_says(draw, truth, repeats, risk):
    # Three standard errors of the count, and what skewed draws cost at so few repeats.
    slack = 3 * math.sqrt(risk * (1 - risk) / 300) + 0.01
    assert coverage(draw, truth, repeats, risk) >= 1 - risk - slack


def test_it_is_near_student_s_interval_for_normal_draws():
    values = np.random.default_rng(1).normal(size=40)
    low, high = bootstrap_interval(values)
    reach = t.ppf(0.975, 39) * values.std(ddof=1) / math.sqrt(40)
    assert low == pytest.approx(values.mean() - reach, abs=0.05 * reach)
    assert high == pytest.approx(values.mean() + reach, abs=0.05 * reach)


def test_an_overlap_widens_it_by_the_published_factor():
    values = np.random.default_rng(2).normal(size=10)
    low, high = bootstrap_interval(values)
    wide = bootstrap_interval(values, overlap=0.25)
    assert wide[1] - wide[0] == pytest.approx((high - low) * math.sqrt(1 + 10 * 0.25))


def test_too_few_repeats_cannot_tell_at_a_small_risk():
    assert bootstrap_interval(np.array([1.0, 1.1, 1.2]), 0.001) == (-math.inf, math.inf)


def test_equal_differences_leave_no_doubt_and_a_seed_repeats():
    assert bootstrap_interval(np.full(5, 0.25)) == (0.25, 0.25)
    values = np.random.default_rng(3).normal(size=8)
    assert bootstrap_interval(values, seed=4) == bootstrap_interval(values, seed=4)
    assert bootstrap_interval(values, seed=4) != bootstrap_interval(values, seed=5)


def test_one_difference_and_an_impossible_risk_are_refused():
    with pytest.raises(ParameterError, match="at least 2"):
        bootstrap_interval(np.ones(1))
    with pytest.raises(ParameterError, match="risk"):
        bootstrap_interval(np.ones(3), 1.0)
