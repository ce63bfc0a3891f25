"""The texts of JSON lines, read by compiled code where rows are plain, else by a parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from cribble.core.protocols import TextBlock
from cribble.data import text
from cribble.data.blocks import Indices
from cribble.data.jsonl import COMPILED_BYTES, parse_line
from cribble.data.lines import LineReader

if TYPE_CHECKING:
    from cribble.kernels.json_lines import Layout


def can_read(reader: object) -> TypeGuard[LineReader]:
    """Tell whether the rows are JSON lines, and enough of them to repay loading the compiler."""
    return (
        isinstance(reader, LineReader)
        and reader.format == "jsonl"
        and reader.byte_size >= COMPILED_BYTES
    )


def line_texts(
    reader: LineReader,
    rows: Indices | None,
    formats: Sequence[text.TextFormat],
    view: str,
    name: text.Name,
) -> Iterator[TextBlock]:
    """Stream the text of some lines in the order given, or of all.

    A block with a row that compiled code does not know (a chat, a list where text was expected,
    half a surrogate pair) is parsed, which also words what is wrong with it.

    Args:
        reader: JSON lines that have been checked.
        rows: (m,) int64; None for all.
        formats: The formats they can be in, first come first.
        view: Which part is read; see `cribble.data.text.record_texts`.
        name: Names a row in a message.

    Raises:
        SignalError: A row has no text, or none in this view.
    """
    from cribble.kernels.json_lines import read_texts

    layout = _layout(formats, view)
    start = 0
    for raw, bounds in reader.spans(rows):
        stop = start + len(bounds) - 1
        found = read_texts(np.frombuffer(raw, dtype=np.uint8), bounds, layout)
        if found is not None:
            yield TextBlock(*found)
        else:
            records = [parse_line(raw[low:high]) for low, high in pairwise(bounds.tolist())]
            yield text.pack(text.record_texts(records, formats, view, range(start, stop), name))
        start = stop


def _layout(formats: Sequence[text.TextFormat], view: str) -> Layout:
    from cribble.kernels.json_lines import Layout

    said = [_said(one, view) for one in formats]
    keys = list(dict.fromkeys(key for one in formats for key in (*one.user, *one.assistant)))
    keys += sorted({key for one in formats for key in one.needs} - set(keys))
    encoded = [key.encode() for key in keys]
    return Layout(
        names=np.frombuffer(b"".join(encoded), dtype=np.uint8),
        starts=np.cumsum([0, *map(len, encoded)]),
        needs=np.array([[key in one.needs for key in keys] for one in formats]),
        reads=np.array([[key in one for key in keys] for one in said]),
        plain=np.array([not one.chat for one in formats]),
    )


def _said(format: text.TextFormat, view: str) -> tuple[str, ...]:
    if view == "full" or format.name == "text":
        return format.user + format.assistant
    return format.assistant if view == "assistant" else format.user
