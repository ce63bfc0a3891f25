"""JSON lines: one UTF-8 object a line; a row goes out with the bytes it came in with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json

from cribble.core.errors import DataError
from cribble.data.bad_rows import BadRows
from cribble.data.files import SourceFile
from cribble.data.lines import BOM, Finding, LineFile, check_not_utf16


class JsonLines:
    """The grammar of JSONL.

    A byte order mark before the first line is no part of a row.
    """

    format = "jsonl"

    def scan(self, file: SourceFile, bad: BadRows) -> LineFile:
        """Find the lines of a file and check that each is a JSON object in UTF-8."""
        found = Finding(file, bad)
        columns: dict[str, None] = {}
        keys: object = None
        position, newline = 0, b"\n"
        with file.open_plain() as stream:
            for number, raw in enumerate(stream, 1):
                if number == 1:
                    check_not_utf16(file, raw)
                    position = len(BOM) if raw.startswith(BOM) else 0
                    raw = raw.removeprefix(BOM)
                    newline = b"\r\n" if raw.endswith(b"\r\n") else b"\n"
                    _check_not_array(file, raw)
                start = position
                position += len(raw)
                fault = None
                try:
                    record = from_json(raw)
                except ValueError:
                    if not raw.strip():
                        found.add_blank(number, start, raw)
                        continue
                    record, fault = _judge(raw.rstrip())
                if fault is not None:
                    found.add(number, start, raw, (start + fault[0], fault[1]))
                    continue
                if type(record) is not dict:
                    reason = f"it is {_KINDS[type(record)]}, not an object"
                    found.add(number, start, raw, (start, reason))
                    continue
                found.add(number, start, raw)
                if record.keys() != keys:
                    keys = record.keys()
                    columns.update(dict.fromkeys(record))
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
