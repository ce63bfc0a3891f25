"""Arrow IPC, file and stream: mapped rather than read where the file lies on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

from cribble.data.arrow import ArrowReader, Part, check_schemas, with_schema
from cribble.data.files import SourceFile
from cribble.data.parquet import parquet_errors

_FILE_MAGIC = b"ARROW1"


def open_ipc(files: Sequence[SourceFile]) -> ArrowReader:
    """Open Arrow IPC files as one pool; one part a file.

    Raises:
        DataError: A file cannot be read, or the schemas differ.
    """
    found = [_measure(file) for file in files]
    schemas = [schema for schema, _ in found]
    check_schemas(files, schemas)
    parts = [
        [Part(rows, partial(_read, file, schemas[0]))]
        for file, (_, rows) in zip(files, found, strict=True)
    ]
    streams = not files[0].head().startswith(_FILE_MAGIC)
    return ArrowReader(
        "arrow-stream" if streams else "arrow",
        schemas[0],
        parts,
        files,
        byte_size=sum(file.size for file in files),
    )


class IpcSink:
    """Writes batches to one IPC file or stream.

    The file format takes one dictionary a column. Where there are dictionaries, the rows are
    held until the end and share one.

    Args:
        path: The file.
        schema: Schema with the metadata to store.
        stream: Write the stream format.
    """

    def __init__(self, path: Path, schema: pa.Schema, stream: bool) -> None:
        opener = pa.ipc.new_stream if stream else pa.ipc.new_file
        self._file = pa.OSFile(str(path), "wb")
        self._writer = opener(self._file, schema)
        self._schema = schema
        self._held: list[pa.RecordBatch] | None = (
            [] if not stream and any(map(_has_dictionary, schema.types)) else None
        )

    def __enter__(self) -> IpcSink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._held:
            table = pa.Table.from_batches(self._held, schema=self._schema)
            self._writer.write_table(table.unify_dictionaries())
        self._writer.close()
        self._file.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        if self._held is None:
            self._writer.write_batch(batch)
        else:
            self._held.append(batch)


def _has_dictionary(type_: Any) -> bool:
    if pa.types.is_dictionary(type_):
        return True
    return any(_has_dictionary(type_.field(at).type) for at in range(type_.num_fields))


@contextmanager
def _open(file: SourceFile, columns: Sequence[str] | None = None) -> Iterator[Any]:
    options = None
    with file.open() as stream, parquet_errors(file.path):
        source = pa.memory_map(file.path) if file.local else stream
        opener = pa.ipc.open_file if file.head().startswith(_FILE_MAGIC) else pa.ipc.open_stream
        if columns is not None:
            names = opener(source).schema.names
            included = [at for at, name in enumerate(names) if name in columns]
            options = pa.ipc.IpcReadOptions(included_fields=included)
            source.seek(0)
        yield opener(source, options=options)


def _batches(reader: Any) -> Iterator[pa.RecordBatch]:
    if hasattr(reader, "get_batch"):
        for at in range(reader.num_record_batches):
            yield reader.get_batch(at)
    else:
        yield from reader


def _measure(file: SourceFile) -> tuple[pa.Schema, int]:
    """Read the schema and count rows; only the first column is unpacked for that."""
    with _open(file) as reader:
        schema = reader.schema
    with _open(file, schema.names[:1]) as reader:
        return schema, sum(batch.num_rows for batch in _batches(reader))


def _read(
    file: SourceFile, schema: pa.Schema, columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    with _open(file, columns) as reader:
        for batch in _batches(reader):
            yield with_schema(batch.select(wanted.names), wanted)
