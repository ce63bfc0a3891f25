"""Text within the width of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.cli.layout import columns, entries, flowing, fold, say

ROWS = [
    ("", "random", "facility-location", "k-center"),
    ("Distance within which 95% of rows have a pick", "0.1234", "0.0123 +", "0.2345 −"),
    ("rows", "10", "10", "10"),
]


@given(st.text("ab \n", max_size=200), st.integers(4, 60), st.integers(0, 3))
def test_folding_loses_no_word_and_holds_the_width(text, width, hang):
    folded = fold(text, width, hang)
    assert folded.split() == text.split()
    longest = max(map(len, text.split()), default=0)
    indented = max((len(line) - len(line.lstrip()) for line in text.split("\n")), default=0)
    assert max(map(len, folded.split("\n"))) <= max(width, indented + hang + longest)


def test_into_a_file_nothing_is_folded(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    say("word " * 60)
    columns(ROWS)
    first, *lines = capsys.readouterr().out.splitlines()
    assert len(first) == 300
    assert lines[0].split() == ["random", "facility-location", "k-center"]
    assert lines[1].startswith(ROWS[1][0])


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_table_holds_the_width_and_every_cell(capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    columns(ROWS)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    for cell in (cell for row in ROWS for cell in row[1:]):
        assert cell in out
    assert set(" ".join(row[0] for row in ROWS).split()) <= set(out.split())


def test_a_path_stays_whole_for_whoever_copies_it():
    path = "a/very/long/path/to/a/file-with-hyphens.jsonl"
    assert path in fold(f"picked 3 rows and wrote {path}", 20).split("\n")


def test_values_stand_below_their_names_where_it_is_tight(capsys, monkeypatch):
    told = {"needs": "embedding", "guarantee": "at least half of the best"}
    monkeypatch.setenv("COLUMNS", "24")
    entries(told)
    tight = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "60")
    entries(told)
    assert tight.splitlines()[:2] == ["needs:", "  embedding"]
    assert capsys.readouterr().out.splitlines()[0] == "needs      embedding"


def test_paragraphs_flow_and_lists_stay():
    assert flowing("one\ntwo\n\n- three\n- four") == "one two\n\n- three\n- four"
