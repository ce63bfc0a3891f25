"""Parquet: read by row group, written with the schema and metadata that came in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from cribble.core.errors import DataError, OutputError
from cribble.data.arrow import ArrowReader, Part, check_schemas, with_schema
from cribble.data.atomic import atomic_path
from cribble.data.files import SourceFile

_BATCH_BYTES = 16 << 20
_BATCH_ROWS = 16_384
# A column of a local row group is read through a window this large, not whole.
_WINDOW_BYTES = 1 << 20
_GROUP_BYTES = 64 << 20
_GROUP_ROWS = 131_072
_ARROW_SCHEMA = b"ARROW:schema"


def open_parquet(files: Sequence[SourceFile]) -> ArrowReader:
    """Open Parquet files as one pool; one part a row group.

    Raises:
        DataError: A file cannot be read, or the schemas differ.
    """
    heads = [_head(file) for file in files]
    schemas = [head.schema.to_arrow_schema() for head in heads]
    check_schemas(files, schemas)
    parts = [
        [
            Part(head.row_group(at).num_rows, partial(_read, file, head, at, schemas[0]))
            for at in range(head.num_row_groups)
        ]
        for file, head in zip(files, heads, strict=True)
    ]
    return ArrowReader(
        "parquet",
        schemas[0],
        parts,
        files,
        byte_size=sum(file.size for file in files),
        codec=_codec(heads[0]),
    )


class ParquetSink:
    """Writes batches to one Parquet file, in row groups of at most 64 MiB before compression.

    Args:
        path: The file.
        schema: Schema with the metadata to store.
        codec: Compression of the columns.
    """

    def __init__(self, path: Path, schema: pa.Schema, codec: str = "zstd") -> None:
        self._writer = pq.ParquetWriter(path, schema, compression=codec)
        self._pending: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self.schema = schema

    def __enter__(self) -> ParquetSink:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._pending.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            table = pa.Table.from_batches(self._pending, schema=self.schema)
            self._writer.write_table(table, row_group_size=self._rows)
        self._pending = []
        self._rows = self._bytes = 0


def write_columns(path: str | Path, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
    """Write columns of our own making, such as the picks, atomically.

    Args:
        path: The Parquet file.
        columns: One value a row each, all of one length; types are inferred.

    Raises:
        OutputError: The file cannot be written, or the columns differ in length or hold values
            of several types.
    """
    try:
        table = pa.table({name: pa.array(values) for name, values in columns.items()})
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise OutputError(str(path), str(error), "give each column one value a row") from error
    with atomic_path(path) as temporary, ParquetSink(temporary, table.schema) as sink:
        for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
            sink.write(batch)


def read_columns(path: str | Path) -> dict[str, ArrayLike]:
    """Read what `write_columns` wrote.

    Returns:
        Per column a NumPy array where it holds numbers and no nulls, else a list.

    Raises:
        DataError: The file cannot be read.
    """
    with parquet_errors(str(path)):
        table = pq.read_table(str(path))
    found: dict[str, ArrayLike] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        numeric = pa.types.is_primitive(column.type) and not pa.types.is_temporal(column.type)
        plain = numeric and not column.null_count
        found[name] = column.to_numpy() if plain else column.to_pylist()
    return found


@contextmanager
def parquet_errors(path: str) -> Iterator[None]:
    """Word what Arrow says of a file that cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(path, "there is no such file", "check the path") from error
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(path, f"it cannot be read ({reason})", "fetch or write it again") from error


def _head(file: SourceFile) -> Any:
    with file.open() as stream, parquet_errors(file.path):
        return pq.ParquetFile(stream).metadata


def _read(
    file: SourceFile, head: Any, group: int, schema: pa.Schema, columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    """Stream one row group; batches are cut by bytes so that wide rows stay within memory.

    Memory follows the pages and the batches. Of a remote file all columns of the row group that
    are wanted are fetched at once, in few requests, and held compressed.
    """
    size = head.row_group(group).total_byte_size / max(1, head.row_group(group).num_rows)
    rows = int(np.clip(_BATCH_BYTES / max(1.0, size), 64, _BATCH_ROWS))
    wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    with file.open() as stream, parquet_errors(file.path):
        window = _WINDOW_BYTES if file.local else 0
        source = pq.ParquetFile(
            stream, metadata=head, pre_buffer=not file.local, buffer_size=window
        )
        batches = source.iter_batches(batch_size=rows, row_groups=[group], columns=columns)
        for batch in batches:
            yield with_schema(batch.select(wanted.names), wanted)


def _codec(head: Any) -> str:
    if not head.num_row_groups or not head.num_columns:
        return "zstd"
    codec = head.row_group(0).column(0).compression.lower()
    known = {"snappy": "snappy", "gzip": "gzip", "brotli": "brotli", "uncompressed": "none"}
    return known.get(codec, "zstd")
