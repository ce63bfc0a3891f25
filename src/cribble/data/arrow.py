"""Pools of Arrow columns (Parquet, IPC, tables in memory), streamed part by part."""

from __future__ import annotations

import hashlib
import io
import mmap
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from cribble.core.errors import DataError
from cribble.data.blocks import BLOCK_ROWS, Indices, is_ascending
from cribble.data.files import FileRows, SourceFile

_GATHER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Consecutive rows that can be reached without reading those before them.

    Args:
        rows: How many.
        read: Streams them as record batches, given the columns wanted or None for all.
    """

    rows: int
    read: Callable[[Sequence[str] | None], Iterator[pa.RecordBatch]]


class ArrowReader:
    """Rows that are columns of Arrow arrays.

    Memory: a few batches while reading. Picking in another order than the pool's goes through
    a temporary file.

    Args:
        format: "parquet", "arrow", "arrow-stream" or "table".
        schema: Schema of all rows, with the metadata that outputs carry.
        parts: The rows, per file: one inner sequence a file.
        files: The files they come from; empty for a table in memory.
        byte_size: Size of the input in bytes.
        codec: Parquet compression of the input.
    """

    quarantined = 0

    def __init__(
        self,
        format: str,
        schema: pa.Schema,
        parts: Sequence[Sequence[Part]],
        files: Sequence[SourceFile] = (),
        *,
        byte_size: int,
        codec: str = "zstd",
    ) -> None:
        self.format = format
        self.schema = schema
        self.columns: tuple[str, ...] = tuple(schema.names)
        self.byte_size = byte_size
        self.codec = codec
        self._files = files
        self._digests: dict[str, bytes] = {}
        self._parts = [part for one in parts for part in one]
        self._starts = np.cumsum([0, *(part.rows for part in self._parts)])
        self._file_starts = np.cumsum([0, *(sum(part.rows for part in one) for one in parts)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def pick(
        self, indices: Indices | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Stream some rows in the order given, or all rows, in batches of 2,048."""
        self.check_unchanged()
        if indices is None or is_ascending(indices):
            found = self._ascending(indices, columns)
        else:
            found = self._any_order(indices, columns)
        for batch in reblock(found):
            for file in self._files:
                file.glance()
            yield batch
        self.check_unchanged()

    def locate(self, row: int) -> str:
        """Name a row by file and row in it, from 0."""
        if not self._files:
            return f"{self.format}:{row}"
        at = int(np.searchsorted(self._file_starts, row, side="right")) - 1
        return f"{self._files[at].label}:{row - int(self._file_starts[at])}"

    def fingerprint(self) -> str:
        """Hash the files' bytes, or the Arrow IPC stream of a table in memory."""
        found = hashlib.blake2b(self.format.encode(), digest_size=32)
        for file in self._files:
            found.update(self._digest(file))
            file.check_unchanged()
        if not self._files:
            with pa.ipc.new_stream(pa.PythonFile(_Hashing(found), "w"), self.schema) as stream:
                for batch in self.pick():
                    stream.write_batch(batch)
        return found.hexdigest()

    def files_read(self) -> tuple[FileRows, ...]:
        """The files and their rows, in the pool's order; none for a table in memory."""
        if not self._files:
            return ()
        counts = np.diff(self._file_starts).tolist()
        return tuple(
            FileRows(file.path, rows, self._digest(file).hex())
            for file, rows in zip(self._files, counts, strict=True)
        )

    def _digest(self, file: SourceFile) -> bytes:
        """Hash a file once."""
        if file.path not in self._digests:
            self._digests[file.path] = file.digest()
        return self._digests[file.path]

    def check_unchanged(self) -> None:
        """Make sure that the files are still those that were opened."""
        for file in self._files:
            file.check_unchanged()

    def _ascending(
        self, indices: Indices | None, columns: Sequence[str] | None
    ) -> Iterator[pa.RecordBatch]:
        for part, start in zip(self._parts, self._starts[:-1], strict=True):
            if indices is None:
                yield from part.read(columns)
                continue
            low, high = np.searchsorted(indices, [start, start + part.rows])
            if low < high:
                yield from _take(part.read(columns), indices[low:high] - start)

    def _any_order(
        self, indices: Indices, columns: Sequence[str] | None
    ) -> Iterator[pa.RecordBatch]:
        """Copy the rows to a temporary file in one pass, map it, and gather them from there."""
        rows, places = np.unique(indices, return_inverse=True)
        with tempfile.TemporaryFile() as spool:
            sink = None
            for batch in reblock(self._ascending(rows, columns)):
                sink = sink or pa.ipc.new_stream(pa.PythonFile(spool, "w"), batch.schema)
                sink.write_batch(batch)
            if sink is None:
                return
            sink.close()
            spool.flush()
            step = max(BLOCK_ROWS, int(_GATHER_BYTES / (spool.tell() / len(rows))))
            mapped = mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ)
            batches = list(pa.ipc.open_stream(pa.py_buffer(mapped)))
            for start in range(0, len(places), step):
                yield _gather(batches, places[start : start + step])


def check_schemas(files: Sequence[SourceFile], schemas: Sequence[pa.Schema]) -> None:
    """Refuse files whose columns differ.

    Raises:
        DataError: A file's schema is not that of the first, metadata aside.
    """
    first = schemas[0]
    for file, schema in zip(files, schemas, strict=True):
        if schema.equals(first, check_metadata=False):
            continue
        here, there = ({field.name: field.type for field in one} for one in (schema, first))
        name = next(
            (one for one in (*there, *here) if here.get(one) != there.get(one)), "their order"
        )
        raise DataError(
            file.path,
            f"its schema differs from that of {files[0].path} in {name}: "
            f"{here.get(name, 'absent')} against {there.get(name, 'absent')}",
            "the files of a pool have one schema; cast one of them",
        )


def reblock(batches: Iterator[pa.RecordBatch], size: int = BLOCK_ROWS) -> Iterator[pa.RecordBatch]:
    """Cut a stream of batches into batches of ``size`` rows; the last may be shorter."""
    pending: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            piece = batch.slice(start, size - count)
            pending.append(piece)
            start += piece.num_rows
            count += piece.num_rows
            if count == size:
                yield join(pending)
                pending, count = [], 0
    if pending:
        yield join(pending)


def join(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Make one batch of several; dictionaries that differ become one."""
    if len(batches) == 1:
        return batches[0]
    table = pa.Table.from_batches(batches).combine_chunks()
    if any(column.num_chunks > 1 for column in table.columns):
        raise DataError(
            "the pool",
            f"{table.num_rows:,} rows in a row hold more than 2 GiB in one column",
            "store that column as large_string or large_binary",
        )
    return table.to_batches()[0]


def is_text(type_: Any) -> bool:
    """Tell whether a type is text; by name, for old Arrow does not know of views."""
    return str(type_) in ("string", "large_string", "string_view")


def with_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Give a batch the pool's schema, whose metadata may differ from its own file's."""
    return pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _take(batches: Iterator[pa.RecordBatch], rows: Indices) -> Iterator[pa.RecordBatch]:
    start = 0
    for batch in batches:
        low, high = np.searchsorted(rows, [start, start + batch.num_rows])
        if low < high:
            yield batch.take(pa.array(rows[low:high] - start))
        if high == len(rows):
            return
        start += batch.num_rows


def _gather(batches: Sequence[pa.RecordBatch], rows: Indices) -> pa.RecordBatch:
    order = np.argsort(rows, kind="stable")
    taken = join(list(_take(iter(batches), rows[order])))
    back = np.empty(len(rows), dtype=np.int64)
    back[order] = np.arange(len(rows))
    return taken.take(pa.array(back))


class _Hashing(io.RawIOBase):
    """A sink that keeps the hash of what is written and nothing else."""

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._digest.update(data)
        return len(data)
