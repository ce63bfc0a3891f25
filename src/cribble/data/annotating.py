"""Columns of our own added to rows that were just written; everything else stays as it came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cribble.core.errors import OutputError
from cribble.data.atomic import atomic_path
from cribble.data.compression import compressed, decompress
from cribble.data.formats import output_ending

Columns = Mapping[str, Sequence[Any]]


def annotate(path: Path, columns: Columns) -> None:
    """Add columns to a file of rows, JSONL or Parquet, in its place.

    A JSON line gets its new members at the end, and its other bytes stay as they are. A Parquet
    file gets its new columns last, and keeps schema, metadata and compression.

    Args:
        path: The file.
        columns: One value a row each, in the order of the file: int, float, str or None.

    Raises:
        OutputError: The format takes no annotations, the rows have such a column already, or the
            file cannot be written.
    """
    ending = output_ending(str(path))
    if ending.format == "jsonl":
        with (
            atomic_path(path) as temporary,
            path.open("rb") as raw,
            compressed(temporary, ending.compression) as sink,
        ):
            for line in _longer_lines(decompress(raw, ending.compression), columns, path):
                sink.write(line)
    elif ending.format == "parquet":
        _annotate_parquet(path, columns)
    else:
        raise OutputError(
            str(path), f"{ending.format} takes no annotations", "write .jsonl or .parquet"
        )


def _longer_lines(lines: Iterator[bytes], columns: Columns, path: Path) -> Iterator[bytes]:
    values = zip(*columns.values(), strict=True)
    for line, row in zip(lines, values, strict=True):
        body = line.rstrip()
        rest = line[len(body) :]
        _refuse_taken(json.loads(body), columns, path)
        members = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)[1:]
        opened = body[:-1].rstrip()
        comma = b"" if opened.endswith(b"{") and len(opened.strip()) == 1 else b", "
        yield opened + comma + members.encode() + rest


def _annotate_parquet(path: Path, columns: Columns) -> None:
    import pyarrow as pa

    from cribble.data.files import open_files
    from cribble.data.parquet import ParquetSink, open_parquet

    reader = open_parquet(open_files([str(path)]))
    _refuse_taken(reader.schema.names, columns, path)
    added = pa.table({name: pa.array(values) for name, values in columns.items()})
    schema = reader.schema
    for field in added.schema:
        schema = schema.append(field)
    start = 0
    with atomic_path(path) as temporary, ParquetSink(temporary, schema, reader.codec) as sink:
        for batch in reader.pick(None):
            more = added.slice(start, batch.num_rows).combine_chunks()
            arrays = [column.combine_chunks() for column in more.columns]
            sink.write(pa.RecordBatch.from_arrays([*batch.columns, *arrays], schema=schema))
            start += batch.num_rows


def _refuse_taken(names: Any, columns: Columns, path: Path) -> None:
    taken = [name for name in columns if name in names]
    if taken:
        raise OutputError(
            str(path), f"the rows have a column {taken[0]!r} already", "leave out --annotate"
        )
