"""The texts of JSON lines, read by compiled code where rows are plain, else by a parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from cribble.core.protocols import TextBlock
from cribble.core.unread import UnreadTexts
from cribble.data import text
from cribble.data.blocks import Indices
from cribble.data.jsonl import COMPILED_BYTES, parse_line
from cribble.data.lines import LineReader, Span
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
    return _read(reader.spans(rows), _Formats(tuple(formats), view, _layout(formats, view)), name)


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
    filling = None if any("." in field for field in template.fields) else _filling(template)
    return _read(reader.spans(rows), _Filled(template, filling), name)


class _Reading(Protocol):
    """How the text of lines is read."""

    def scan(self, data: NDArray[np.uint8], bounds: NDArray[np.int64]) -> Any:
        """Read lines by compiled code: bytes and offsets of the texts, or None."""
        ...

    def parse(self, records: list[Any], places: range, name: text.Name) -> list[str]:
        """Read lines that were parsed."""
        ...


@dataclass(frozen=True, slots=True)
class _Formats:
    formats: tuple[text.TextFormat, ...]
    view: str
    layout: Layout

    def scan(self, data: NDArray[np.uint8], bounds: NDArray[np.int64]) -> Any:
        from cribble.kernels.json_lines import read_texts

        return read_texts(data, bounds, self.layout)

    def parse(self, records: list[Any], places: range, name: text.Name) -> list[str]:
        return text.record_texts(records, self.formats, self.view, places, name)


@dataclass(frozen=True, slots=True)
class _Filled:
    template: Template
    filling: Filling | None

    def scan(self, data: NDArray[np.uint8], bounds: NDArray[np.int64]) -> Any:
        from cribble.kernels.json_lines import fill_texts

        return None if self.filling is None else fill_texts(data, bounds, self.filling)

    def parse(self, records: list[Any], places: range, name: text.Name) -> list[str]:
        return self.template.texts(records, places, name)


def _read(spans: Iterator[Span], reading: _Reading, name: text.Name) -> Iterator[TextBlock]:
    """Read each block of lines, or leave it to whoever asks for its texts."""
    start = 0
    for span in spans:
        if isinstance(span.raw, bytes):
            yield _texts_of(span.raw, span.bounds, start, reading, name)
        else:
            yield UnreadTexts(partial(_texts_in, span, start, reading), len(span))
        start += len(span)


def _texts_in(span: Span, start: int, reading: _Reading) -> TextBlock:
    """Read a block from its file, here or in another process."""
    assert not isinstance(span.raw, bytes)

    def name(row: int) -> str:
        return f"{row} ({span.label}:{span.line + row - start})"

    return _texts_of(span.raw(), span.bounds, start, reading, name)


def _texts_of(
    raw: bytes, bounds: NDArray[np.int64], start: int, reading: _Reading, name: text.Name
) -> TextBlock:
    """Read a block of lines by compiled code, or by a parser where that gives None."""
    found = reading.scan(np.frombuffer(raw, dtype=np.uint8), bounds)
    if found is not None:
        return TextBlock(*found)
    records = [parse_line(raw[low:high]) for low, high in pairwise(bounds.tolist())]
    return text.pack(reading.parse(records, range(start, start + len(records)), name))


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
