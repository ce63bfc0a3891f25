"""Token counts by the built-in rule."""

import pytest

from cribble.core import Silent, TextBlock
from cribble.core.errors import SignalError
from cribble.signals.tokens import count_tokens

TEXTS = ["Hello, world!", "", "x_1 = 3.14", "我爱你", " \n\t"]
BLOCKS = [TextBlock.from_strings(TEXTS[:2]), TextBlock.from_strings(TEXTS[2:])]


class Heard(Silent):
    def __init__(self):
        self.done = 0

    def start(self, name, total, unit):
        self.total = total

    def advance(self, done):
        self.done += done


def test_words_runs_of_punctuation_and_han_characters_count():
    progress = Heard()
    counts = count_tokens(lambda: BLOCKS, 5, progress)
    assert counts.tolist() == [4, 0, 5, 3, 0]
    assert counts.dtype == "float64"
    assert progress.done == progress.total == 5


@pytest.mark.parametrize("size", [0, 4, 6])
def test_a_stream_of_another_length_is_refused(size):
    with pytest.raises(SignalError, match="5 texts"):
        count_tokens(lambda: BLOCKS, size, Silent())
