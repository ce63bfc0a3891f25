"""Help for narrow terminals, where a table would cut the names of options."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

import typer
from typer.core import TyperCommand, TyperGroup

# Less than this, and the table has no room for the longest option beside its words.
_TABLE_ROOM = 78
_LEAST = 24

columns = shutil.get_terminal_size().columns
narrow = columns < _TABLE_ROOM


class _Formatter(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    """Each name on a line of its own, and what it means below it."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)
        if narrow:
            self.width = max(_LEAST, columns)

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write names and their meanings."""
        for name, about in rows:
            for text, indent in ((name, 0), (about, 4)):
                space = " " * (self.current_indent + indent)
                lines = textwrap.wrap(
                    " ".join(text.split()),
                    self.width,
                    initial_indent=space,
                    subsequent_indent=space,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
                self.write("".join(f"{line}\n" for line in lines))


class _Context(typer.Context):
    formatter_class = _Formatter


class Command(TyperCommand):
    """A command whose help fits the terminal."""

    context_class = _Context

    def get_short_help_str(self, limit: int = 45) -> str:
        """What the command does, whole."""
        return " ".join((self.help or "").split("\n\n")[0].split())


class Group(TyperGroup):
    """Commands whose help fits the terminal."""

    context_class = _Context
