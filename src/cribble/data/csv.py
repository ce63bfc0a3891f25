"""CSV: every cell is text; a record goes out with the bytes it came in with."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from cribble.core.errors import DataError
from cribble.data.bad_rows import BadRows
from cribble.data.files import SourceFile
from cribble.data.lines import BOM, Finding, LineFile, check_not_utf16


class CsvRecords:
    """The grammar of CSV as RFC 4180 has it: commas, double quotes, a header.

    A record may span lines inside quotes. Records with another number of fields than the header
    are bad rows, and so is a blank line before the last record.
    """

    format = "csv"

    def scan(self, file: SourceFile, bad: BadRows) -> LineFile:
        """Find the records of a file and check the fields of each."""
        found = Finding(file, bad)
        with file.open_plain() as stream, _wide_fields():
            lines = _Lines(stream, file)
            records = csv.reader(lines, strict=True)
            columns = _header(file, records)
            header = lines.taken()
            while True:
                line, start = lines.number + 1, lines.position
                try:
                    fault = _check(next(records), len(columns), start)
                except StopIteration:
                    break
                except UnicodeDecodeError as error:
                    reason = f"it is not UTF-8 (byte 0x{error.object[error.start]:02x})"
                    fault = lines.last + error.start, reason
                except csv.Error as error:
                    fault = start, f"it is not CSV ({error})"
                raw = lines.taken()
                if raw.strip(b"\r\n"):
                    found.add(line, start, raw, fault)
                else:
                    found.add_blank(line, start, raw)
        return found.finish(
            lines.position,
            first=2,
            columns=columns,
            header=header,
            newline=b"\r\n" if header.endswith(b"\r\n") else b"\n",
        )

    def parse(self, lines: Sequence[bytes], columns: tuple[str, ...]) -> list[dict[str, Any]]:
        """Read records as dictionaries of strings."""
        with _wide_fields():
            records = csv.reader((line.decode("utf-8") for line in lines), strict=True)
            return [dict(zip(columns, fields, strict=True)) for fields in records]


class _Lines:
    """Lines of text as the parser asks for them, and the bytes they came from."""

    def __init__(self, stream: BinaryIO, file: SourceFile) -> None:
        self.number = 0
        self.position = 0
        self.last = 0
        self._stream = stream
        self._file = file
        self._taken: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = next(self._stream)
        if self.number == 0:
            check_not_utf16(self._file, raw)
            self.position = len(BOM) if raw.startswith(BOM) else 0
            raw = raw.removeprefix(BOM)
        self.number += 1
        self.last = self.position
        self.position += len(raw)
        self._taken.append(raw)
        return raw.decode("utf-8")

    def taken(self) -> bytes:
        """The bytes of the record that was just read."""
        found = b"".join(self._taken)
        self._taken.clear()
        return found


def _check(fields: list[str], width: int, start: int) -> tuple[int, str] | None:
    if len(fields) == width:
        return None
    return start, f"it has {len(fields)} fields, the header has {width}"


def _header(file: SourceFile, records: Iterator[list[str]]) -> tuple[str, ...]:
    try:
        columns = next(records)
    except (csv.Error, UnicodeDecodeError, StopIteration) as error:
        raise DataError(
            file.path, f"its header cannot be read ({error})", "mend the first line"
        ) from error
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice or not columns:
        found = f"its header names {twice[0]!r} twice" if twice else "its header is blank"
        raise DataError(file.path, found, "name each column once in the first line")
    return tuple(columns)


@contextmanager
def _wide_fields() -> Iterator[None]:
    """Lift the parser's limit of 128 KiB a cell, which is one setting for the whole process."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
