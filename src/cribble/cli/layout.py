"""Text laid out within the width of a terminal; nothing is folded on its way into a file."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_GAP, _LEAST_LABEL = 2, 14


def say(text: str, *, hang: int = 0, err: bool = False) -> None:
    """Print a text, folded; lines after the first hang in by some columns."""
    stream = sys.stderr if err else sys.stdout
    print(fold(text, room(err=err), hang), file=stream)


def room(*, err: bool = False) -> int | None:
    """Columns of the terminal, or those that COLUMNS names; None where output has no width."""
    stream = sys.stderr if err else sys.stdout
    if not os.environ.get("COLUMNS") and not stream.isatty():
        return None
    return shutil.get_terminal_size().columns


def fold(text: str, width: int | None, hang: int = 0) -> str:
    """Break lines between words; a path or a command that is too long stays whole."""
    if width is None:
        return text
    return "\n".join(line for one in text.split("\n") for line in _folded(one, width, hang))


def flowing(text: str) -> str:
    """Join the lines of each paragraph, so that it can be folded anew; lists stay lists."""
    parts = (one.split("\n") for one in text.split("\n\n"))
    return "\n\n".join(
        ("\n" if any(line.startswith((" ", "-")) for line in lines) else " ").join(lines)
        for lines in parts
    )


def entries(told: Mapping[str, Any]) -> None:
    """Print names and values, values below one another, or below their names where it is tight."""
    limit, widest = room(), max(map(len, told))
    tight = limit is not None and limit < 3 * widest
    for name, value in told.items():
        if value in ("", None):
            continue
        if tight:
            say(f"{name}:\n  {value}")
        else:
            say(f"{name:<{widest}}  {value}", hang=widest + _GAP)


def columns(rows: Sequence[Sequence[str]], *, err: bool = False) -> None:
    """Print a table without lines; the first row is its head, the first column its labels.

    Where it is too wide, labels are folded, and columns that find no room follow below.
    """
    labels, *values = zip(*rows, strict=True)
    stream = sys.stderr if err else sys.stdout
    limit = room(err=err)
    least = min(_LEAST_LABEL, _width(labels))
    for part in [values] if limit is None else _parts(values, limit - least):
        widths = [_width(column) for column in part]
        left = _width(labels) if limit is None else limit - sum(widths) - _GAP * len(widths)
        beside = max(least, min(left, _width(labels)))
        for label, *cells in zip(labels, *part, strict=True):
            first, *more = _folded(label, beside, 2)
            padded = [
                f"{one:<{width}}"
                for one, width in zip((first, *cells), (beside, *widths), strict=True)
            ]
            print((" " * _GAP).join(padded).rstrip(), *more, sep="\n", file=stream)


def _parts(values: Sequence[Sequence[str]], limit: int) -> Iterator[list[Sequence[str]]]:
    """As many columns at a time as fit beside one another, one at least."""
    part: list[Sequence[str]] = []
    left = limit
    for column in values:
        taken = _width(column) + _GAP
        if part and left < taken:
            yield part
            part, left = [], limit
        part.append(column)
        left -= taken
    yield part


def _folded(text: str, width: int, hang: int) -> list[str]:
    start = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=start + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _width(column: Iterable[str]) -> int:
    return max(map(len, column))
