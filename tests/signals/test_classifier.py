"""The classifier separates what is separable, and never scores a row it was trained on."""

import numpy as np
import pytest

from cribble.core import Pool, TextBlock
from cribble.signals.classifier import _features, target_log_odds

WORDS = np.array(["sum", "proof", "prime", "river", "sea", "boat"])


def texts_of(seed, size, part):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS[part], 8)) for _ in range(size)]


MATH, SEA = texts_of(0, 40, slice(0, 4)), texts_of(1, 160, slice(2, 6))
TARGET = Pool(20, texts=texts_of(2, 20, slice(0, 4)))


def test_rows_of_the_kind_wanted_score_higher():
    odds = target_log_odds(Pool(200, texts=MATH + SEA), [TARGET], 0)
    pairs = odds[:40, None] > odds[40:]
    assert pairs.mean() > 0.95


def test_equal_texts_in_one_half_score_the_same_and_blocks_change_nothing():
    texts = (MATH + SEA) * 2

    def blocks(rows):
        return lambda: (
            TextBlock.from_strings(texts[at : at + rows]) for at in range(0, len(texts), rows)
        )

    one, other = (target_log_odds(Pool(400, texts=blocks(r)), [TARGET], 3) for r in (7, 400))
    np.testing.assert_array_equal(one, other)
    per_text = {text: set() for text in texts}
    for text, odds in zip(texts, one, strict=True):
        per_text[text].add(odds)
    assert max(map(len, per_text.values())) == 2


def test_features_have_length_one():
    rows = _features(TextBlock.from_strings(["a b a", "", "数学"])).toarray()
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1])
    weight = (1 + np.log(2)) / np.sqrt((1 + np.log(2)) ** 2 + 3)
    assert rows[0].max() == pytest.approx(weight)


@pytest.mark.parametrize("size", [0, 1])
def test_too_few_rows_to_learn_from_score_zero(size):
    assert target_log_odds(Pool(size, texts=["a"] * size), [TARGET], 0).tolist() == [0.0] * size
