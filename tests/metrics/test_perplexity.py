"""Perplexity against closed forms."""

import math

import pytest

from cribble.core import TextBlock
from cribble.metrics import perplexity


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


def test_nothing_to_predict_is_not_a_number():
    assert math.isnan(perplexity(blocks("a"), blocks("", " ")))
