"""Outputs: some rows of a pool in the format of the path, unless they would lose something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from cribble.core.errors import OutputError
from cribble.data.arrays import ArrayReader
from cribble.data.arrow import ArrowReader
from cribble.data.atomic import atomic_folder, atomic_path
from cribble.data.blocks import Indices, Reader
from cribble.data.compression import compressed
from cribble.data.formats import Ending, output_ending
from cribble.data.lines import LineReader


def write_rows(reader: Reader, path: str | Path, indices: Indices) -> None:
    """Write some rows in the order given, atomically.

    Args:
        reader: The rows.
        path: The output; its ending names the format.
        indices: (k,) int64 rows of the reader.

    Raises:
        OutputError: The path cannot be written, or the rows would lose something there.
        DataError: The input changed since it was opened; the output is untouched.
    """
    ending = output_ending(str(path))
    reader.check_unchanged()
    if ending.format == "folder":
        from cribble.data.huggingface import write_layout

        with atomic_folder(path) as folder:
            schema, batches = _as_arrow(reader, indices, str(path), "parquet")
            write_layout(folder, schema, batches)
            reader.check_unchanged()
        return
    with atomic_path(path) as temporary:
        _write(reader, indices, ending, temporary, str(path))
        reader.check_unchanged()


def as_table(reader: Reader, indices: Indices) -> pa.Table:
    """Read some rows in the order given into a table, as a Parquet output would hold them.

    Raises:
        OutputError: They are bare vectors, or would lose something.
        DataError: The input changed since it was opened.
    """
    schema, batches = _as_arrow(reader, indices, "a table", "parquet")
    return pa.Table.from_batches(batches, schema)


def _write(reader: Reader, indices: Indices, ending: Ending, out: Path, path: str) -> None:
    if isinstance(reader, ArrayReader) or ending.format == "npy":
        if not (isinstance(reader, ArrayReader) and ending.format == "npy"):
            raise OutputError(path, "bare vectors go to .npy and nothing else does", "rename it")
        reader.save(out, indices)
    elif ending.format in ("jsonl", "csv"):
        with compressed(out, ending.compression) as sink:
            for line in _lines(reader, indices, ending.format, path):
                sink.write(line)
    else:
        _write_arrow(reader, indices, str(ending.format), out, path)


def _lines(reader: Reader, indices: Indices, format: str, path: str) -> Iterator[bytes]:
    if isinstance(reader, LineReader) and reader.format == format:
        return _same_lines(reader, indices)
    if format == "csv":
        raise OutputError(
            path,
            f"{reader.format} rows would lose their types in CSV, where every cell is text",
            "write .jsonl or .parquet",
        )
    from cribble.data.crossing import json_lines

    return json_lines(reader, indices, path)


def _same_lines(reader: LineReader, indices: Indices) -> Iterator[bytes]:
    """The lines as they came; one without a line break gets one only where more follows."""
    ended = True
    if reader.header:
        yield reader.header
        ended = reader.header.endswith(b"\n")
    for line in reader.lines(indices):
        yield line if ended else reader.newline + line
        ended = line.endswith(b"\n")


def _write_arrow(reader: Reader, indices: Indices, format: str, out: Path, path: str) -> None:
    from cribble.data.ipc import IpcSink
    from cribble.data.parquet import ParquetSink

    schema, batches = _as_arrow(reader, indices, path, format)
    sink: ParquetSink | IpcSink
    if format == "parquet":
        codec = reader.codec if isinstance(reader, ArrowReader) else "zstd"
        sink = ParquetSink(out, schema, codec)
    else:
        sink = IpcSink(out, schema, stream=reader.format == "arrow-stream")
    with sink:
        for batch in batches:
            sink.write(batch)


def _as_arrow(
    reader: Reader, indices: Indices, path: str, format: str
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    from cribble.data.crossing import arrow_batches, check_parquet_takes, infer_schema

    if isinstance(reader, ArrayReader):
        raise OutputError(path, "bare vectors go to .npy and nothing else does", "rename it")
    if isinstance(reader, ArrowReader):
        if format == "parquet" and reader.format != "parquet":
            check_parquet_takes(reader.schema, path)
        return reader.schema, reader.pick(indices)
    schema = infer_schema(reader, indices, path)
    if format == "parquet":
        check_parquet_takes(schema, path)
    return schema, arrow_batches(reader, indices, schema, path)
