"""The compiled language model against its twin, and against what a probability must be."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import TextBlock
from cribble.kernels.language_model import count_orders, surprise
from cribble.kernels.reference import language_model as twin

TEXTS = st.lists(st.text("ab. 数é", max_size=30), max_size=6)


def fitted(texts, orders, buckets):
    counts = np.zeros((orders, buckets), dtype=np.int64)
    count_orders(TextBlock.from_strings(texts), counts)
    return counts


@settings(deadline=None, max_examples=50)
@given(TEXTS, TEXTS, st.integers(1, 4), st.sampled_from([5, 1000]), st.sampled_from([0.5, 7.0]))
def test_equals_the_twin(training, held, orders, buckets, strength):
    counts = fitted(training, orders, buckets)
    expected = twin.model(training, orders, buckets)
    assert {
        (o + 1, int(b)): int(counts[o, b]) for o, b in zip(*np.nonzero(counts), strict=True)
    } == (expected)
    nats, _ = surprise(TextBlock.from_strings(held), counts, strength)
    wanted = [twin.surprise(text, expected, orders, buckets, strength) for text in held]
    np.testing.assert_allclose(nats, wanted, rtol=1e-10)


def test_a_few_words_by_hand():
    counts = fitted(["a b a"], 2, 1 << 20)
    nats, tokens = surprise(TextBlock.from_strings(["a b", "zz"]), counts, 1.0)
    new = 1 / (1 << 20)
    a, b = (2 + 2 * new) / 5, (1 + 2 * new) / 5
    both = -math.log(a) - math.log((1 + b) / (2 + 1))
    assert tokens.tolist() == [2, 1]
    np.testing.assert_allclose(nats, [both, -math.log(2 * new / 5)])


def test_only_the_rows_asked_are_counted():
    counts = np.zeros((2, 100), dtype=np.int64)
    count_orders(TextBlock.from_strings(["a b", "c d", "e"]), counts, np.array([0, 2]))
    assert counts.tolist() == fitted(["a b", "e"], 2, 100).tolist()


@pytest.mark.parametrize("strength", [0.1, 10.0])
def test_the_chances_of_all_first_tokens_sum_to_one(strength):
    words = [chr(97 + i) for i in range(26)]
    counts = fitted(["a b c a", "d a"], 2, 1 << 20)
    nats, _ = surprise(TextBlock.from_strings(words), counts, strength)
    total = counts[0].sum()
    # The other buckets of 2**20 share what is left to words never seen.
    unseen = 4 / (1 << 20) / (total + 4)
    assert np.exp(-nats).sum() + ((1 << 20) - 26) * unseen == pytest.approx(1)
