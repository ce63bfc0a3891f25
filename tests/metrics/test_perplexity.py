"""Perplexity against closed forms."""

import math

import numpy as np
import pytest

from cribble.core import TextBlock
from cribble.metrics import perplexity, surprises


def blocks(*texts):
    return [TextBlock.from_strings([text]) for text in texts]


def test_without_training_every_bucket_is_as_likely():
    assert perplexity([], blocks("a b c"), ngrams=2, buckets=64) == pytest.approx(64)


def test_one_word_alone_by_hand():
    found = perplexity(blocks("a", "a a"), blocks("a", "a a a"), ngrams=1, buckets=10, strength=2)
    assert found == pytest.approx(1 / ((3 + 0.1) / 4))


def test_texts_like_the_held_out_ones_predict_them_better():
    held = blocks("the sum of two primes is even")
    near = blocks("the sum of two odd numbers is even", "the sum of primes")
    far = blocks("the river runs to the blue sea", "a boat lay there")
    assert perplexity(near, held) < perplexity(far, held)


def test_some_rows_of_the_training_count_as_they_would_alone():
    texts = ["a b a", "b c", "c c d", "a", "d b"]
    training = [TextBlock.from_strings(texts[:2]), TextBlock.from_strings(texts[2:])]
    held = blocks("a b c", "d")
    rows = np.array([1, 2, 4])
    found = surprises(training, held, rows)
    alone = surprises(blocks(*(texts[row] for row in rows)), held)
    for one, other in zip(found, alone, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(found[0], surprises(training, held)[0])


def test_nothing_to_predict_is_not_a_number():
    assert math.isnan(perplexity(blocks("a"), blocks("", " ")))
