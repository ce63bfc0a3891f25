from __future__ import annotations

import io
import re

import pytest

from cribble.cli.progress import Bar, Notes, shown_on


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_is_for_terminals():
    assert isinstance(shown_on(io.StringIO()), Notes)
    assert isinstance(shown_on(Terminal()), Bar)


def test_notes_are_lines_and_steps_are_silent():
    stream = io.StringIO()
    with shown_on(stream) as progress:
        progress.start("embed", 10, "rows")
        progress.advance(10)
        progress.note("vectors come from the cache")
    assert stream.getvalue() == "vectors come from the cache\n"


@pytest.mark.parametrize("width", [40, 100])
def test_a_bar_fits_and_says_how_far_it_is(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with shown_on(stream) as progress:
        progress.start("embed", 10, "rows")
        progress.advance(4)
        progress.start("select", 8, "picks")
        progress.advance(2)
        progress.note("a [note] as it is")
        progress._progress.refresh()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "a [note] as it is" in shown
    assert "25%" in shown
    assert max(len(line) for line in re.split(r"[\r\n]", shown)) <= width
