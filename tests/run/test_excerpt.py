from __future__ import annotations

from cribble.run.excerpt import excerpts, words


class Records:
    def take(self, indices):
        return [{"id": row, "text": "a  b\n" * 20, "tags": ["x", None]} for row in indices]


def test_every_text_of_a_row_is_found_at_any_depth():
    record = {"a": " one\ttwo ", "b": [{"c": "three"}, 4, ("five", "")], "d": None}
    assert list(words(record)) == ["one two", "three", "five"]


def test_an_excerpt_is_one_short_line():
    ((row, text),) = excerpts(Records(), [7], width=10)
    assert (row, text) == (7, "a b a b a…")
    ((_, whole),) = excerpts(Records(), [7])
    assert whole.endswith("a b | x")
