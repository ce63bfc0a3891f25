"""Token counts by the built-in rule."""

from cribble.core import TextBlock
from cribble.signals.tokens import count_tokens

TEXTS = ["Hello, world!", "", "x_1 = 3.14", "我爱你", " \n\t"]
BLOCKS = [TextBlock.from_strings(TEXTS[:2]), TextBlock.from_strings(TEXTS[2:])]


def test_words_runs_of_punctuation_and_han_characters_count():
    counts = count_tokens(BLOCKS)
    assert counts.tolist() == [4, 0, 5, 3, 0]
    assert counts.dtype == "float64"
    assert count_tokens([]).tolist() == []
