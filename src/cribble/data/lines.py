"""Pools of text lines (JSONL, CSV): found once by offset, read and written byte for byte."""

from __future__ import annotations

import hashlib
import json
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import DataError
from cribble.data.bad_rows import BadRows
from cribble.data.blocks import BLOCK_ROWS, Indices, is_ascending
from cribble.data.files import WORTH_KEEPING, FileRows, SourceFile, as_bytes

BOM = b"\xef\xbb\xbf"
_SKIP = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class LineFile:
    """A file whose lines have been found.

    Args:
        file: The file.
        bounds: (m + 1,) int64, where line i starts and the one before it stops, in bytes after
            decompression.
        rows: (r,) int64, the lines that hold rows; None where all do.
        first: Number of the first line of ``bounds``, from 1; a CSV record counts as one.
        digest: Hash of its content after decompression.
        columns: Keys of its rows, in the order seen.
        header: What stands before the first row and belongs to each output.
        newline: How its lines end.
    """

    file: SourceFile
    bounds: NDArray[np.int64]
    rows: NDArray[np.int64] | None
    first: int
    digest: bytes
    columns: tuple[str, ...]
    header: bytes = b""
    newline: bytes = b"\n"

    def __len__(self) -> int:
        return len(self.bounds) - 1 if self.rows is None else len(self.rows)

    @classmethod
    def recalled(cls, file: SourceFile, grammar: Grammar, bad: BadRows) -> LineFile:
        """Find the lines of a file, or recall where they were.

        Of a file with bad rows nothing is kept, for they are said in each run.
        """
        found: list[LineFile] = []

        def scan() -> Mapping[str, NDArray[Any]]:
            found.append(grammar.scan(file, bad))
            return found[0]._packed()

        kept = file.recalled(f"{grammar.format} lines", scan, lambda: found[0].rows is None)
        return found[0] if found else cls._unpacked(file, kept)

    def _packed(self) -> dict[str, NDArray[Any]]:
        return {
            "bounds": self.bounds,
            "first": np.array(self.first),
            "digest": as_bytes(self.digest),
            "columns": as_bytes(json.dumps(self.columns).encode()),
            "header": as_bytes(self.header),
            "newline": as_bytes(self.newline),
        }

    @classmethod
    def _unpacked(cls, file: SourceFile, kept: Mapping[str, NDArray[Any]]) -> LineFile:
        return cls(
            file=file,
            bounds=kept["bounds"],
            rows=None,
            first=int(kept["first"]),
            digest=kept["digest"].tobytes(),
            columns=tuple(json.loads(kept["columns"].tobytes())),
            header=kept["header"].tobytes(),
            newline=kept["newline"].tobytes(),
        )

    def line(self, row: int) -> int:
        """Number of a row's line, from 1."""
        return self.first + (row if self.rows is None else int(self.rows[row]))

    def read(self, rows: Indices | None) -> Iterator[bytes]:
        """Stream the bytes of some rows, in ascending order, or of all."""
        lines = self.rows if rows is None else rows if self.rows is None else self.rows[rows]
        starts = self.bounds[:-1] if lines is None else self.bounds[lines]
        stops = self.bounds[1:] if lines is None else self.bounds[lines + 1]
        with self._watched() as stream:
            position = 0
            for low in range(0, len(starts), BLOCK_ROWS):
                some, found = slice(low, low + BLOCK_ROWS), []
                for start, stop in zip(starts[some].tolist(), stops[some].tolist(), strict=True):
                    if start != position:
                        _skip(stream, start - position)
                    found.append(stream.read(stop - start))
                    position = stop
                self.file.glance()
                yield from found

    def spans(self) -> Iterator[Span]:
        """Stream all rows in blocks of 2,048, unread where the file can be read anywhere."""
        if self.file.seekable:
            for first, bounds in self._blocks():
                start, size = int(self.bounds[first]), int(bounds[-1])
                line = self.first + first
                yield Span(bounds, partial(self.file.part, start, size), self.file.label, line)
            return
        with self._watched() as stream:
            _skip(stream, int(self.bounds[0]))
            for _, bounds in self._blocks():
                block = stream.read(int(bounds[-1]))
                self.file.glance()
                yield Span(bounds, block)

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.int64]]]:
        for first in range(0, len(self.bounds) - 1, BLOCK_ROWS):
            yield first, self.bounds[first : first + BLOCK_ROWS + 1] - self.bounds[first]

    @contextmanager
    def _watched(self) -> Iterator[BinaryIO]:
        """Open the file, which must not change until it is closed."""
        self.file.check_unchanged()
        with self.file.open_plain() as stream:
            yield stream
        self.file.check_unchanged()


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Consecutive rows as one.

    Args:
        bounds: (m + 1,) int64, where in the bytes each row starts and the last stops.
        raw: The bytes, or how to read them; the latter can be sent to other processes.
        label: The file that they would be read from.
        line: Number of the first row's line in it.
    """

    bounds: NDArray[np.int64]
    raw: bytes | Callable[[], bytes]
    label: str = ""
    line: int = 0

    def __len__(self) -> int:
        return len(self.bounds) - 1


class Finding:
    """Notes the lines of one file while a grammar walks through it.

    Blank lines at the end of the file are no rows; a blank line before the last row is a bad
    row, for a row may have been lost there.
    """

    def __init__(self, file: SourceFile, bad: BadRows) -> None:
        self._file = file
        self._bad = bad
        self._bounds = array("q")
        self._skipped = array("q")
        self._blank: list[tuple[int, int, bytes]] = []
        self._digest = hashlib.sha256()  # processors have instructions for it

    def add(self, line: int, start: int, raw: bytes, fault: tuple[int, str] | None = None) -> None:
        """Note a row.

        Args:
            line: Its line, from 1.
            start: Byte in the file where it starts.
            raw: Its bytes.
            fault: For a bad row, the byte in the file that is wrong and the reason.
        """
        if self._blank:
            self._refuse_blank()
        self._bounds.append(start)
        self._digest.update(raw)
        if fault is not None:
            self._skipped.append(len(self._bounds) - 1)
            self._bad.add(self._file.path, line, fault[0], fault[1], raw)

    def add_many(self, starts: NDArray[np.int64], raw: bytes | memoryview) -> None:
        """Note consecutive good rows.

        Args:
            starts: (m,) int64, the byte in the file where each starts; m is 1 or more.
            raw: Their bytes.
        """
        if self._blank:
            self._refuse_blank()
        self._bounds.frombytes(starts.tobytes())
        self._digest.update(raw)

    def add_blank(self, line: int, start: int, raw: bytes) -> None:
        """Note a blank line, which is judged when it is known what follows."""
        self._blank.append((line, start, raw))

    def finish(self, stop: int, first: int, **rest: Any) -> LineFile:
        """Give what was found in a file that has ``stop`` bytes."""
        self._bounds.append(self._blank[0][1] if self._blank else stop)
        bounds = np.frombuffer(self._bounds, dtype=np.int64)
        rows = None
        if self._skipped:
            skipped = np.frombuffer(self._skipped, dtype=np.int64)
            rows = np.delete(np.arange(len(bounds) - 1), skipped)
        return LineFile(
            file=self._file,
            bounds=bounds,
            rows=rows,
            first=first,
            digest=self._digest.digest(),
            **rest,
        )

    def _refuse_blank(self) -> None:
        blank, self._blank = self._blank, []
        for line, start, raw in blank:
            self.add(line, start, raw, (start, "the line is blank"))


class Grammar(Protocol):
    """What tells one format of lines from another."""

    format: str

    def scan(self, file: SourceFile, bad: BadRows) -> LineFile:
        """Find the rows of a file and check each."""
        ...

    def parse(self, lines: Sequence[bytes], columns: tuple[str, ...]) -> list[dict[str, Any]]:
        """Read rows that `scan` has let pass."""
        ...


class LineReader:
    """Rows that are lines of files.

    Memory: 8 bytes a row, and one block of rows while reading.

    Args:
        files: The input files, in pool order.
        grammar: The format.
        bad: Where rows that cannot be read are noted.

    Raises:
        DataError: Rows cannot be read, or a CSV file's header differs from the first one's.
    """

    def __init__(self, files: Sequence[SourceFile], grammar: Grammar, bad: BadRows) -> None:
        with bad:
            self.files = [LineFile.recalled(file, grammar, bad) for file in files]
        first = self.files[0]
        for one in self.files:
            if one.header and one.columns != first.columns:
                raise DataError(
                    one.file.path,
                    f"its columns are {', '.join(one.columns)}, but those of {first.file.path} "
                    f"are {', '.join(first.columns)}",
                    "the files of a pool have one header",
                )
        self.format = grammar.format
        self.columns = tuple(dict.fromkeys(key for one in self.files for key in one.columns))
        self.byte_size = sum(file.size for file in files)
        self.quarantined = bad.count
        self._grammar = grammar
        self._starts = np.cumsum([0, *map(len, self.files)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def header(self) -> bytes:
        """What each output starts with."""
        return self.files[0].header

    @property
    def newline(self) -> bytes:
        """How lines end where one has to be ended."""
        return self.files[0].newline

    def lines(self, indices: Indices | None = None) -> Iterator[bytes]:
        """Stream the bytes of some rows in the order given, or of all rows.

        Raises:
            DataError: A file changed since it was opened.
        """
        if indices is None or is_ascending(indices):
            return self._ascending(indices)
        return self._any_order(indices)

    def pick(
        self, indices: Indices | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Stream some rows in the order given, or all rows, in blocks of 2,048 dictionaries."""
        lines = self.lines(indices)
        while block := list(islice(lines, BLOCK_ROWS)):
            yield self._grammar.parse(block, self.columns)

    def spans(self, indices: Indices | None = None) -> Iterator[Span]:
        """Stream some rows in the order given, or all, up to 2,048 rows as one."""
        if indices is None and all(one.rows is None for one in self.files):
            for one in self.files:
                yield from one.spans()
            return
        lines = self.lines(indices)
        while block := list(islice(lines, BLOCK_ROWS)):
            yield Span(np.cumsum([0, *map(len, block)]), b"".join(block))

    def pieces(self) -> Iterator[tuple[int, int, str]]:
        """Cut the rows into those of large files, with the hash of each, and what is between."""
        done = 0
        for at, one in enumerate(self.files):
            start, stop = self._starts[at : at + 2].tolist()
            if one.file.size < WORTH_KEEPING:
                continue
            if done < start:
                yield done, start, ""
            yield start, stop, one.digest.hex()
            done = stop
        if done < len(self):
            yield done, len(self), ""

    def locate(self, row: int) -> str:
        """Name a row by file and line."""
        at = int(np.searchsorted(self._starts, row, side="right")) - 1
        found = self.files[at]
        return f"{found.file.label}:{found.line(row - int(self._starts[at]))}"

    def fingerprint(self) -> str:
        """Hash the content of all files after decompression."""
        found = hashlib.blake2b(self.format.encode(), digest_size=32)
        for one in self.files:
            found.update(one.digest)
        return found.hexdigest()

    def files_read(self) -> tuple[FileRows, ...]:
        """The files and their rows, in the pool's order."""
        return tuple(FileRows(one.file.path, len(one), one.digest.hex()) for one in self.files)

    def check_unchanged(self) -> None:
        """Make sure that the files are still those that were opened."""
        for one in self.files:
            one.file.check_unchanged()

    def _ascending(self, indices: Indices | None) -> Iterator[bytes]:
        if indices is None:
            for file in self.files:
                yield from file.read(None)
            return
        cuts = np.searchsorted(indices, self._starts)
        for at in np.flatnonzero(np.diff(cuts)).tolist():
            some = indices[cuts[at] : cuts[at + 1]]
            yield from self.files[at].read(some - self._starts[at])

    def _any_order(self, indices: Indices) -> Iterator[bytes]:
        """Copy the rows to a temporary file in one pass, then read them there in any order."""
        rows, places = np.unique(indices, return_inverse=True)
        with tempfile.TemporaryFile() as spool:
            bounds = [0]
            for line in self._ascending(rows):
                bounds.append(bounds[-1] + spool.write(line))
            for place in places.tolist():
                spool.seek(bounds[place])
                yield spool.read(bounds[place + 1] - bounds[place])


def check_not_utf16(file: SourceFile, head: bytes) -> None:
    """Refuse UTF-16, which would read as one broken row after another.

    Raises:
        DataError: The file starts with a byte order mark of UTF-16.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(
            file.path, "it is UTF-16, not UTF-8", "convert it: iconv -f UTF-16 -t UTF-8 IN > OUT"
        )


def _skip(stream: BinaryIO, size: int) -> None:
    if stream.seekable():
        stream.seek(size, 1)
        return
    while size > 0 and (passed := len(stream.read(min(size, _SKIP)))):
        size -= passed
