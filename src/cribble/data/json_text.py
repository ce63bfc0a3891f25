"""The texts of JSON lines, read by compiled code where rows are plain, else by a parser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from cribble.core.protocols import TextBlock
from cribble.data import text
from cribble.data.blocks import Indices
from cribble.data.jsonl import COMPILED_BYTES, parse_line
from cribble.data.lines import LineReader
from cribble.data.template import Template

if TYPE_CHECKING:
    from cribble.kernels.json_lines import Filling, Layout


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
    return _scanned(
        reader.spans(rows),
        lambda data, bounds: read_texts(data, bounds, layout),
        lambda records, places: text.record_texts(records, formats, view, places, name),
    )


def line_fillings(
    reader: LineReader, rows: Indices | None, template: Template, name: text.Name
) -> Iterator[TextBlock]:
    """Stream a template filled with some lines in the order given, or with all.

    Args:
        reader: JSON lines that have been checked.
        rows: (m,) int64; None for all.
        template: The template; a field with a dot is left to the parser.
        name: Names a row in a message.

    Raises:
        SignalError: A row lacks a field, or all its fields are null.
    """
    from cribble.kernels.json_lines import fill_texts

    filling = None if any("." in field for field in template.fields) else _filling(template)
    return _scanned(
        reader.spans(rows),
        lambda data, bounds: None if filling is None else fill_texts(data, bounds, filling),
        lambda records, places: template.texts(records, places, name),
    )


def _scanned(
    spans: Iterator[tuple[bytes, NDArray[np.int64]]],
    scan: Callable[[NDArray[np.uint8], NDArray[np.int64]], Any],
    parse: Callable[[list[Any], range], list[str]],
) -> Iterator[TextBlock]:
    """Read each block of lines by compiled code, or by a parser where that gives None."""
    start = 0
    for raw, bounds in spans:
        stop = start + len(bounds) - 1
        found = scan(np.frombuffer(raw, dtype=np.uint8), bounds)
        if found is not None:
            yield TextBlock(*found)
        else:
            records = [parse_line(raw[low:high]) for low, high in pairwise(bounds.tolist())]
            yield text.pack(parse(records, range(start, stop)))
        start = stop


def _layout(formats: Sequence[text.TextFormat], view: str) -> Layout:
    from cribble.kernels.json_lines import Layout

    said = [_said(one, view) for one in formats]
    keys = list(dict.fromkeys(key for one in formats for key in (*one.user, *one.assistant)))
    keys += sorted({key for one in formats for key in one.needs} - set(keys))
    names, starts = _packed(keys)
    return Layout(
        names=names,
        starts=starts,
        needs=np.array([[key in one.needs for key in keys] for one in formats]),
        reads=np.array([[key in one for key in keys] for one in said]),
        plain=np.array([not one.chat for one in formats]),
    )


def _filling(template: Template) -> Filling:
    from cribble.kernels.json_lines import Filling

    keys = list(dict.fromkeys(template.fields))
    numbers = [-1 if field is None else keys.index(field) for _, field in template.pieces]
    literals, cuts = _packed([literal for literal, _ in template.pieces])
    return Filling(*_packed(keys), np.array(numbers, dtype=np.int64), literals, cuts)


def _packed(words: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Words end to end as UTF-8, and where each starts."""
    block = TextBlock.from_strings(words)
    return block.data, block.offsets


def _said(format: text.TextFormat, view: str) -> tuple[str, ...]:
    if view == "full" or format.name == "text":
        return format.user + format.assistant
    return format.assistant if view == "assistant" else format.user
