"""Buckets against NumPy's percentiles, and shares against counts."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.targeted.quality_ensemble import QualityEnsemble

RNG = np.random.default_rng(0)
ONE, OTHER = RNG.random(400), np.exp(RNG.random(400) * 9)


def choose(rows, one=ONE, other=OTHER, **parameters):
    pool = Pool(len(one), signals={"one": one, "other": other})
    signals = parameters.pop("signals", ("one", "other"))
    method = QualityEnsemble(classifier=False, signals=signals, **parameters)
    return method.select(pool, Budget(rows=rows))


def bucket(scores, buckets):
    cuts = np.percentile(scores, np.arange(1, buckets) * 100 / buckets, method="inverted_cdf")
    return np.digitize(scores, cuts, right=True)


@pytest.mark.parametrize("buckets", [1, 4, 20])
def test_buckets_are_the_best_of_each_scorers_percentiles(buckets):
    chosen = choose(400, buckets=buckets)
    expected = np.maximum(bucket(ONE, buckets), bucket(OTHER, buckets))
    np.testing.assert_array_equal(chosen.scores, expected)
    assert (np.diff(expected[chosen.indices]) <= 0).all()


def test_scales_do_not_matter():
    np.testing.assert_array_equal(
        choose(50).indices, choose(50, one=np.exp(5 * ONE), other=np.log(OTHER)).indices
    )


def test_equal_scores_share_a_bucket():
    chosen = choose(4, one=np.array([1.0, 2, 2, 3]), signals=("one",), buckets=4, other=np.ones(4))
    assert chosen.scores.tolist() == [0, 2, 2, 3]
    assert chosen.indices.tolist() == [3, 1, 2, 0]


def test_every_prefix_holds_the_shares():
    chosen = choose(400, signals=("one",), buckets=4, shares=(3.0, 1.0))
    found = chosen.scores[chosen.indices]
    for rows in (4, 40, 120):
        assert (found[:rows] == 3).sum() == pytest.approx(rows * 0.75, abs=1)
        assert (found[:rows] == 2).sum() == pytest.approx(rows * 0.25, abs=1)
    # Bucket 3 runs dry after 100 rows; buckets without a share come last, the better first.
    assert (found[200:300] == 1).all()
    assert (found[300:] == 0).all()


def test_the_classifier_needs_no_column():
    texts = ["sum of primes"] * 5 + ["river to the sea"] * 25
    target = Pool(4, texts=["the sum of two primes", "a prime sum", "sum of sums", "primes"])
    pool = Pool(30, texts=texts, targets=[target])
    chosen = QualityEnsemble().select(pool, Budget(rows=5))
    assert sorted(chosen.indices) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "parameters",
    [
        {"classifier": False},
        {"buckets": 0},
        {"shares": (-1.0,)},
        {"shares": (1.0, 1.0), "buckets": 1},
    ],
)
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        QualityEnsemble(**parameters)
