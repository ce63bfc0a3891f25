"""The rows of a pool: one class for every format, built on its reader."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cribble.core.errors import ParameterError, SignalError, UnknownNameError
from cribble.core.protocols import Groups, TextBlock
from cribble.data import columns as column
from cribble.data import text
from cribble.data.arrays import ArrayReader
from cribble.data.blocks import Block, Indices, Reader
from cribble.data.files import FileRows, as_bytes
from cribble.data.identifiers import all_differ, hash_names, places_of
from cribble.data.json_text import can_read, line_fillings, line_texts
from cribble.data.lines import LineReader
from cribble.data.store import Store, key_of
from cribble.data.template import Template
from cribble.data.vectors import Matrix, equally_long, read_vectors

_FIRST = 64

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


class PoolRows:
    """Rows as they came; satisfies `cribble.core.protocols.Rows`.

    Args:
        reader: The way to the rows.
        kept: (n,) int64 ascending, the reader's rows that make the pool; None for all.
        store: The cache, for columns that are read by parsing every line; None for none.
    """

    def __init__(
        self, reader: Reader, kept: Indices | None = None, store: Store | None = None
    ) -> None:
        self._reader = reader
        self._kept = kept
        self._store = store

    def __len__(self) -> int:
        return len(self._reader) if self._kept is None else len(self._kept)

    @property
    def format(self) -> str:
        """Format of the input: "jsonl", "csv", "parquet", "arrow", "table", "array" or so."""
        return self._reader.format

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the top-level columns or keys, in the order seen."""
        return self._reader.columns

    @property
    def byte_size(self) -> int:
        """Size of the input in bytes, as it is stored."""
        return self._reader.byte_size

    @property
    def quarantined(self) -> int:
        """How many bad rows were set aside."""
        return self._reader.quarantined

    @cached_property
    def text_format(self) -> str | None:
        """How the first row with text holds it, such as "messages"; None where none is known."""
        return text.recognize(self._first)

    @cached_property
    def signal_columns(self) -> tuple[str, ...]:
        """Columns whose first rows hold lists of numbers of one length."""
        return tuple(
            name
            for name in self.columns
            if equally_long([record.get(name) for record in self._first])
        )

    def numbers(self, name: str, *, missing: bool = False) -> NDArray[np.float64]:
        """Read a numeric column, (n,) float64; dots reach into nested records.

        Args:
            name: The column.
            missing: Whether nulls and NaN are taken, as NaN.

        Raises:
            UnknownNameError: There is no such column.
            SignalError: A value is not a number, is infinite or, unless taken, null or NaN.
        """

        def read(rows: PoolRows) -> Arrays:
            text, values = rows.format == "csv", rows._column(name)
            found = column.read_numbers(values, name, len(rows), rows._name, text, missing)
            return {"numbers": found}

        what = f"numbers {name}" + " or none" * missing
        parts = [one["numbers"] for one in self._parts(what, read)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def labels(self, name: str) -> Groups:
        """Read a column as groups with sorted names; a null is the group "null".

        Raises:
            UnknownNameError: There is no such column.
            SignalError: A value cannot name a group.
        """

        def read(rows: PoolRows) -> Arrays:
            found = column.read_labels(rows._column(name), name, len(rows), rows._name)
            return {"codes": found.codes, "names": as_bytes(json.dumps(found.names).encode())}

        return column.join_labels(
            [
                Groups(one["codes"], tuple(json.loads(one["names"].tobytes())))
                for one in self._parts(f"labels {name}", read)
            ]
        )

    def vectors(self, name: str, memory: float = math.inf) -> Matrix:
        """Read a column of equally long lists, (n, d) float32, or float16 if stored so.

        Args:
            name: The column.
            memory: Bytes that the vectors may take; beyond, they are mapped from a scratch file.

        Raises:
            UnknownNameError: There is no such column.
            SignalError: Vectors are missing, of different length, or not finite.
        """
        if isinstance(self._reader, ArrayReader):
            return self._reader.matrix(name, self._kept, self._name, memory)
        return read_vectors(self._column(name), name, len(self), self._name, memory)

    def text_blocks(self, view: str = "full", template: str | None = None) -> Iterator[TextBlock]:
        r"""Stream the text of every row, in order, in blocks of up to 2,048 rows.

        Args:
            view: What of a chat is read: "full", "first_user", "all_user" or "assistant".
            template: Text with fields in braces, ``"{instruction}\n{input}"``; replaces the
                recognized format and the view.

        Raises:
            UnknownNameError: There is no such view, or no such column.
            ParameterError: The template is malformed.
            SignalError: The rows have no text, or one of them has none.
        """
        text.check_view(view)
        if template is not None:
            filled = Template.parse(template)
            wanted = {column.top_column(field, self.columns) for field in filled.fields}
            if can_read(self._reader):
                return line_fillings(self._reader, self._kept, filled, self._name)
            return self._texts(wanted, partial(_filled, template=filled))
        formats = text.formats_in(self.columns)
        if can_read(self._reader):
            return line_texts(self._reader, self._kept, formats, view, self._name)
        wanted = {key for one in formats for key in one.needs + one.user + one.assistant}
        return self._texts(wanted, partial(_said, formats=formats, view=view))

    def take(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """Read some rows as dictionaries."""
        return [record for block in self._pick(indices) for record in _records(block)]

    def ids(self, indices: Sequence[int]) -> list[str]:
        """Name some rows: by ``id`` where every row has one of its own, else by file and row."""
        if not self._ids_unique:
            return [self.locate(row) for row in indices]
        return [
            str(record["id"])
            for block in self._pick(indices, ("id",))
            for record in _records(block)
        ]

    def find(self, names: Collection[str]) -> dict[str, int]:
        """The rows of some names; one that no row has is left out."""
        if self._ids_unique:
            places = places_of(names, self._hash_ids()[0]).tolist()
            found = dict(zip(self.ids(places), places, strict=True))
        else:
            found = {self.locate(row): row for row in range(len(self))}
        return {name: found[name] for name in names if name in found}

    @property
    def numeric_ids(self) -> bool:
        """Whether a row is named by a whole number."""
        return self._ids_unique and self._hash_ids()[1]

    def hashes(self, indices: Sequence[int]) -> list[str]:
        """Hash the content of some rows as they came, 32 hex digits each.

        A line is hashed without its line break; other rows as JSON with their columns in order.
        """
        base = self._base(indices)
        if isinstance(self._reader, LineReader):
            raw: Iterator[bytes] = (line.rstrip(b"\r\n") for line in self._reader.lines(base))
        else:
            raw = (
                json.dumps(record, default=repr).encode()
                for block in self._reader.pick(base)
                for record in _records(block)
            )
        return [hashlib.blake2b(one, digest_size=16).hexdigest() for one in raw]

    def locate(self, row: int) -> str:
        """Name a row by where it came from: "file:line" or "file:row"."""
        return self._reader.locate(int(self._base([row])[0]))

    @cached_property
    def _fingerprint(self) -> str:
        found = self._reader.fingerprint()
        if self._kept is None:
            return found
        kept = hashlib.blake2b(found.encode(), digest_size=32)
        kept.update(self._kept.tobytes())
        return kept.hexdigest()

    def fingerprint(self) -> str:
        """Hash the content, hex; equal content gives an equal hash wherever it lies."""
        return self._fingerprint

    def check_unchanged(self) -> None:
        """Make sure that the input is still what was opened.

        Raises:
            DataError: It changed.
        """
        self._reader.check_unchanged()

    def files_read(self) -> tuple[FileRows, ...]:
        """The files and how many rows of the pool each has, in order; none for rows in memory."""
        files = self._reader.files_read()
        if self._kept is None:
            return files
        bounds = np.searchsorted(self._kept, np.cumsum([0, *(one.rows for one in files)]))
        counts = np.diff(bounds).tolist()
        return tuple(replace(one, rows=n) for one, n in zip(files, counts, strict=True))

    def some(self, rows: Indices) -> PoolRows:
        """Some of the rows as rows of their own; the others are not read.

        Args:
            rows: (m,) int64, ascending, no repeats.
        """
        return PoolRows(self._reader, self._base(rows))

    def dataset(self, indices: ArrayLike) -> Any:
        """Some rows in the order given, as a ``datasets.Dataset`` in memory.

        Raises:
            MissingPackageError: The package ``datasets`` is not there.
            OutputError: The rows are bare vectors, or would lose something.
        """
        from cribble.data.huggingface import as_dataset
        from cribble.data.writing import as_table

        return as_dataset(as_table(self._reader, self._base(indices)))

    def write(self, path: str | Path, indices: ArrayLike) -> None:
        """Write some rows exactly as they came, in the order given, atomically.

        The ending of ``path`` names the format. A path without one, or one that ends with a
        slash, is a folder in the Hugging Face layout.

        Raises:
            OutputError: The path cannot be written, or the rows would lose something in its
                format.
            DataError: The input changed since it was opened.
        """
        from cribble.data.writing import write_rows

        write_rows(self._reader, path, self._base(indices))

    @cached_property
    def _first(self) -> list[dict[str, Any]]:
        return self.take(range(min(_FIRST, len(self))))

    @cached_property
    def _ids_unique(self) -> bool:
        if "id" not in self.columns:
            return False
        hashes, _ = self._hash_ids()
        if len(hashes) < len(self):
            return False
        return all_differ(hashes, lambda rows: self.some(rows)._column("id"))

    def _hash_ids(self) -> tuple[NDArray[np.uint64], bool]:
        """Hash the ids, 8 bytes a row; also whether one is a whole number."""
        parts = self._parts("ids", lambda rows: hash_names(rows._column("id")))
        hashes = np.concatenate([one["hashes"] for one in parts])
        return hashes, any(one["numeric"] for one in parts)

    def _name(self, row: int) -> str:
        return f"{row} ({self.locate(row)})"

    def _column(self, name: str) -> Iterator[column.Values]:
        top = column.top_column(name, self.columns)
        return column.column_values(self._reader.pick(self._kept, (top,)), name)

    def _parts(self, what: str, read: Callable[[PoolRows], Arrays]) -> list[Arrays]:
        """What is read in all rows; of lines, file by file, from the cache if it is there."""
        reader = self._reader
        if self._store is None or self._kept is not None or not isinstance(reader, LineReader):
            return [read(self)]
        try:
            return [self._part(*piece, what, read) for piece in reader.pieces()]
        except (SignalError, UnknownNameError):
            # Judged and said of the pool, whose row numbers these are not.
            return [read(self)]

    def _part(
        self, start: int, stop: int, digest: str, what: str, read: Callable[[PoolRows], Arrays]
    ) -> Arrays:
        from cribble import __version__

        some = self.some(np.arange(start, stop))
        if self._store is None or not digest:
            return read(some)
        # Another version may read it in another way.
        key = key_of("column", __version__, self.format, what, digest, len(some))
        return self._store.recalled(key, lambda: read(some))

    def _texts(self, wanted: set[str], read: Callable[..., TextBlock]) -> Iterator[TextBlock]:
        names = [name for name in self.columns if name in wanted]
        start = 0
        for block in self._reader.pick(self._kept, names):
            yield read(block, start=start, name=self._name)
            start += len(block)

    def _base(self, indices: ArrayLike) -> Indices:
        """Rows of the pool as rows of the reader."""
        rows = np.asarray(indices, dtype=np.int64).reshape(-1)
        bad = rows[(rows < 0) | (rows >= len(self))]
        if len(bad):
            raise ParameterError("row", int(bad[0]), f"in [0, {len(self)})")
        return rows if self._kept is None else self._kept[rows]

    def _pick(self, indices: ArrayLike, columns: Sequence[str] | None = None) -> Iterator[Block]:
        return self._reader.pick(self._base(indices), columns)


def _filled(block: Block, template: Template, start: int, name: text.Name) -> TextBlock:
    if isinstance(block, list):
        return text.pack(template.texts(block, range(start, start + len(block)), name))
    from cribble.data.arrow_text import template_texts

    return template_texts(block, template, start, name)


def _said(
    block: Block, formats: Sequence[text.TextFormat], view: str, start: int, name: text.Name
) -> TextBlock:
    if isinstance(block, list):
        rows = range(start, start + len(block))
        return text.pack(text.record_texts(block, formats, view, rows, name))
    from cribble.data.arrow_text import batch_texts

    return batch_texts(block, formats, view, start, name)


def _records(block: Block) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = block if isinstance(block, list) else block.to_pylist()
    return found
