"""Moore-Lewis against two language models in plain Python."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference import language_model as twin
from cribble.selectors.targeted.moore_lewis import MooreLewis

MATH = ["the sum of 3 and 4 is 7", "the sum of 1 and 9 is 10", "add 3 and 4 to get 7"]
SEA = ["a blue river runs to the sea", "the sea is blue and wide", "a wide river"]
TEXTS = SEA * 3 + MATH * 3 + [""]


def pool_of(*targets):
    return Pool(len(TEXTS), texts=TEXTS, targets=[Pool(len(t), texts=list(t)) for t in targets])


def test_scores_are_the_difference_of_two_plain_models():
    # A target with more tokens than the pool makes all of the pool the sample.
    target = MATH * 9
    chosen = MooreLewis(ngrams=3, buckets=500, strength=2.0).select(pool_of(target), Budget(rows=9))
    assert chosen.stats["sample_rows"] == len(TEXTS)
    general, aimed = twin.model(TEXTS, 3, 500), twin.model(target, 3, 500)
    expected = [
        (twin.surprise(t, general, 3, 500, 2.0) - twin.surprise(t, aimed, 3, 500, 2.0))
        / max(1, len(t.split()))
        for t in TEXTS
    ]
    np.testing.assert_allclose(chosen.scores, expected, rtol=1e-9, atol=1e-12)
    assert sorted(chosen.indices) == list(range(9, 18))


def test_the_sample_has_about_the_tokens_of_the_target():
    chosen = MooreLewis().select(pool_of(MATH), Budget(rows=3))
    assert 2 <= chosen.stats["sample_rows"] <= 6
    sizes = [
        MooreLewis().select(pool_of(MATH), Budget(rows=3), seed).stats["sample_rows"]
        for seed in range(8)
    ]
    assert len(set(sizes)) > 1


def test_rows_without_a_token_come_last():
    chosen = MooreLewis().select(pool_of(MATH), Budget(rows=len(TEXTS)))
    assert chosen.indices[-1] == len(TEXTS) - 1


def test_targets_are_joined():
    one = MooreLewis().select(pool_of(MATH), Budget(rows=9))
    two = MooreLewis().select(pool_of(MATH[:1], MATH[1:]), Budget(rows=9))
    np.testing.assert_array_equal(one.scores, two.scores)


@pytest.mark.parametrize("parameters", [{"ngrams": 0}, {"buckets": 0}, {"strength": 0.0}])
def test_parameters_are_checked(parameters):
    with pytest.raises(ParameterError):
        MooreLewis(**parameters)
