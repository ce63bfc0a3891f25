from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cribble.core import Pool, Silent
from cribble.web.words import Words, terms

LETTERS = st.text(alphabet="abAB Σσßé你\0", max_size=12)


class Named:
    """Rows that have an id and nothing else."""

    columns = ("id",)

    def ids(self, indices):
        return [f"Row-{row}" for row in indices]


def words_of(texts):
    return Words(Pool(len(texts), texts=texts, rows=Named()), Silent())


@given(st.lists(LETTERS, min_size=1, max_size=8), LETTERS)
def test_a_search_finds_the_rows_that_hold_every_word(texts, query):
    found = words_of(texts).search(query)
    wanted = query.replace("\0", " ").casefold().split()
    held = [f"row-{row}\n{text}".replace("\0", " ").casefold() for row, text in enumerate(texts)]
    assert found.tolist() == [all(word in one for word in wanted) for one in held]


def test_a_phrase_stands_together_and_never_over_two_rows():
    words = words_of(["the red stone", "red the stone", "stone the", "red"])
    assert words.search('"red stone"').tolist() == [True, False, False, False]
    assert words.search("red stone").tolist() == [True, True, False, False]
    assert words.search('"the red').tolist() == [True, False, False, False]
    assert words.search("ROW-3").tolist() == [False, False, False, True]


def test_an_accent_is_found_however_it_is_written():
    words = words_of(["caf\u00e9", "cafe\u0301", "cafe"])
    assert words.search("CAF\u00c9").tolist() == [True, True, False]
    assert words.search("caf E\u0301").tolist() == [True, True, False]


@given(st.lists(st.text("ab", max_size=4), min_size=40, max_size=60), st.text("ab ", max_size=9))
def test_a_search_of_many_rows_finds_what_a_plain_loop_would(texts, query):
    found = words_of(texts).search(query)
    held = [f"row-{row}\n{text}" for row, text in enumerate(texts)]
    assert found.tolist() == [all(word in one for word in query.split()) for one in held]


def test_a_query_is_split_into_words_and_phrases():
    assert terms("a  b\t'c") == ["a", "b", "'c"]
    assert terms('"a b" c\\') == ["a b", "c\\"]
    assert terms('x "open phrase') == ["x", "open phrase"]
    assert terms(' "" ') == []


def test_a_row_is_read_as_it_came_and_cut_between_characters():
    words = words_of(["Größe\n你好", "", "x" * 5_000])
    assert words.read(0) == ("Row-0", "Größe\n你好")
    assert words.read(1) == ("Row-1", "")
    assert words.read(2, 10) == ("Row-2", "x" * 9 + "…")
    assert words.read(0, 100) == ("Row-0", "Größe\n你好")
