"""A few words of a row, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cribble.core import Rows

WIDTH = 240


def excerpts(rows: Rows, indices: Sequence[int], width: int = WIDTH) -> Iterator[tuple[int, str]]:
    """The first words of some rows.

    Args:
        rows: The rows.
        indices: Which.
        width: Characters to show of each.

    Yields:
        The row's number and its words on one line.
    """
    for row, record in zip(indices, rows.take(list(indices)), strict=True):
        text = " | ".join(words(record))
        yield row, text if len(text) <= width else text[: width - 1] + "…"


def words(value: Any) -> Iterator[str]:
    """Every text in a row, at any depth, its spaces made single."""
    if isinstance(value, str):
        if text := " ".join(value.split()):
            yield text
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from words(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from words(one)
