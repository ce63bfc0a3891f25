"""JSON lines: one UTF-8 object a line; a row goes out with the bytes it came in with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from cribble.core.errors import DataError
from cribble.data.bad_rows import BadRows
from cribble.data.files import SourceFile
from cribble.data.lines import BOM, Finding, LineFile, check_not_utf16

COMPILED_BYTES = 8 << 20
"""Files from this size on are scanned by compiled code; smaller ones do not repay its loading."""

_BLOCK = 4 << 20

# (m + 1,) int64 bounds of lines, (m,) which are JSON objects for certain, (m,) hashes of keys.
_Lines: TypeAlias = tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.uint64]]


class JsonLines:
    """The grammar of JSONL.

    A byte order mark before the first line is no part of a row.
    """

    format = "jsonl"

    def scan(self, file: SourceFile, bad: BadRows) -> LineFile:
        """Find the lines of a file and check that each is a JSON object in UTF-8."""
        found = Finding(file, bad)
        columns: dict[str, None] = {}
        known: set[int] = set()
        compiled = file.size >= COMPILED_BYTES
        number, newline = 1, b"\n"
        with file.open_plain() as stream:
            head = stream.read(len(BOM))
            check_not_utf16(file, head)
            position = len(BOM) if head == BOM else 0
            blocks = _whole_lines(stream, head[position:])
            for block, (bounds, sure, keys) in _examined(blocks, compiled):
                if number == 1:
                    first = block[: block.find(b"\n") + 1]
                    newline = b"\r\n" if first.endswith(b"\r\n") else b"\n"
                    _check_not_array(file, block)
                doubtful = _doubtful(sure, keys, known)
                starts = position + bounds
                for low, high in _stretches(doubtful):
                    raw = memoryview(block)[bounds[low] : bounds[high]]
                    if doubtful[low]:
                        _note(found, number + low, int(starts[low]), bytes(raw), columns)
                    else:
                        found.add_many(starts[low:high], raw)
                position += len(block)
                number += len(doubtful)
        return found.finish(position, first=1, columns=tuple(columns), newline=newline)

    def parse(self, lines: Sequence[bytes], columns: tuple[str, ...]) -> list[dict[str, Any]]:
        """Read lines as dictionaries."""
        return [parse_line(line) for line in lines]


def parse_line(raw: bytes) -> Any:
    """Read one JSON value; Python's own parser decides where the fast one refuses."""
    try:
        return from_json(raw)
    except ValueError:
        return json.loads(raw.decode("utf-8"))


def _whole_lines(stream: BinaryIO, rest: bytes) -> Iterator[bytes]:
    """Read ``rest``, which came from the stream, and the stream in blocks that end with a line."""
    while read := stream.read(_BLOCK):
        stop = read.rfind(b"\n") + 1
        if not stop:
            rest += read
            continue
        yield b"".join((rest, memoryview(read)[:stop]))
        rest = read[stop:]
    if rest:
        yield rest


def _examined(blocks: Iterator[bytes], compiled: bool) -> Iterator[tuple[bytes, _Lines]]:
    """Yield each block with what compiled code can say of its lines, threads going ahead."""
    if not compiled:
        for block in blocks:
            bounds = _line_bounds(block)
            lines = len(bounds) - 1
            yield block, (bounds, np.zeros(lines, dtype=np.bool_), np.zeros(lines, np.uint64))
        return
    from cribble.kernels.json_lines import check_lines
    from cribble.kernels.threads import Crew

    def examine(block: bytes) -> tuple[bytes, _Lines]:
        bounds = _line_bounds(block)
        return block, (bounds, *check_lines(np.frombuffer(block, dtype=np.uint8), bounds))

    with Crew() as crew:
        yield from crew.ahead(examine, blocks)


def _line_bounds(block: bytes) -> NDArray[np.int64]:
    """Find where lines start, and where the last one stops."""
    breaks = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")) + 1
    if block and not block.endswith(b"\n"):
        breaks = np.append(breaks, len(block))
    return np.concatenate([[0], breaks]).astype(np.int64)


def _doubtful(
    sure: NDArray[np.bool_], keys: NDArray[np.uint64], known: set[int]
) -> NDArray[np.bool_]:
    """Tell which lines need a parser: odd ones, and the first with each set of keys."""
    lines = np.flatnonzero(sure)
    found, places = np.unique(keys[lines], return_index=True)
    for one, place in zip(found.tolist(), lines[places].tolist(), strict=True):
        if one not in known:
            sure[place] = False
            known.add(one)
    return ~sure


def _stretches(doubtful: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Each doubtful line alone, and each run of lines between them."""
    low = 0
    for place in np.flatnonzero(doubtful).tolist():
        if low < place:
            yield low, place
        yield place, place + 1
        low = place + 1
    if low < len(doubtful):
        yield low, len(doubtful)


def _note(found: Finding, number: int, start: int, raw: bytes, columns: dict[str, None]) -> None:
    """Judge one line with a complete parser."""
    fault = None
    try:
        record = from_json(raw)
    except ValueError:
        if not raw.strip():
            found.add_blank(number, start, raw)
            return
        record, fault = _judge(raw.rstrip())
    if fault is not None:
        found.add(number, start, raw, (start + fault[0], fault[1]))
    elif type(record) is not dict:
        reason = f"it is {_KINDS[type(record)]}, not an object"
        found.add(number, start, raw, (start, reason))
    else:
        found.add(number, start, raw)
        columns.update(dict.fromkeys(record))


_KINDS = {
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _judge(raw: bytes) -> tuple[Any, tuple[int, str] | None]:
    """Read a line that the fast parser refused, or tell what is wrong with it and where."""
    try:
        text = raw.decode("utf-8")
        return json.loads(text), None
    except UnicodeDecodeError as error:
        return None, (error.start, f"it is not UTF-8 (byte 0x{raw[error.start]:02x})")
    except json.JSONDecodeError as error:
        return None, (len(text[: error.pos].encode()), f"it is not JSON ({error.msg})")
    except RecursionError:
        return None, (0, "it is nested too deeply")
    except ValueError as error:
        return None, (0, f"it is not JSON that can be read ({error})")


def _check_not_array(file: SourceFile, raw: bytes) -> None:
    if raw.lstrip().startswith(b"["):
        raise DataError(
            file.path,
            "it is one JSON array, not one object a line",
            "convert it: jq -c '.[]' IN.json > OUT.jsonl",
        )
