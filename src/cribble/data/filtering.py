"""``--where``: the rows of a pool that fulfil an SQL condition, by DuckDB in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa

from cribble.core.errors import MissingPackageError, ParameterError
from cribble.data.arrow import ArrowReader
from cribble.data.blocks import BLOCK_ROWS, Indices, Reader
from cribble.data.lines import LineReader

_ROW = "__cribble_row"


def rows_where(reader: Reader, condition: str) -> Indices:
    """Find the rows that fulfil a condition.

    JSON rows get the types that DuckDB finds over all of them. CSV columns whose cells are all
    numbers or empty compare as numbers, an empty cell as null; other cells are text.

    Args:
        reader: The rows.
        condition: What stands after WHERE in DuckDB's SQL.

    Returns:
        (m,) int64 rows, ascending.

    Raises:
        MissingPackageError: DuckDB is not installed.
        ParameterError: DuckDB refuses the condition.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingPackageError("duckdb", "--where", "sql") from error
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        try:
            source = _register(connection, reader)
            # The line break keeps a comment in the condition from swallowing the parenthesis.
            found = connection.execute(
                f"SELECT {_ROW} FROM {source} WHERE ({condition}\n) ORDER BY {_ROW}"
            ).fetchnumpy()[_ROW]
        except duckdb.Error as error:
            allowed = f"SQL that DuckDB takes for these columns ({error})"
            raise ParameterError("where", condition, allowed) from error
    return np.asarray(found, dtype=np.int64)


def _register(connection: Any, reader: Reader) -> str:
    """Show the rows to DuckDB, each with its number; returns what to select from."""
    if isinstance(reader, ArrowReader):
        connection.register("pool", _stream(_numbered(reader.pick(), reader.schema)))
        return "pool"
    if reader.format == "csv":
        connection.register("pool", _stream(_cells(reader)))
        names = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in reader.columns]
        checks = (f"bool_and({one} = '' OR TRY_CAST({one} AS DOUBLE) IS NOT NULL)" for one in names)
        [numeric] = connection.execute(f"SELECT {', '.join(checks)} FROM pool").fetchall()
        connection.register("pool", _stream(_cells(reader)))
        columns = ", ".join(
            f"TRY_CAST({name} AS DOUBLE) AS {name}" if number else name
            for name, number in zip(names, numeric, strict=True)
        )
        return f"(SELECT {_ROW}, {columns} FROM pool)"
    connection.register("texts", _stream(_json(reader)))
    [(shape,)] = connection.execute("SELECT json_group_structure(json::JSON) FROM texts").fetchall()
    connection.register("texts", _stream(_json(reader)))
    columns = f"unnest(from_json(json, '{shape.replace(chr(39), chr(39) * 2)}'))"
    return f"(SELECT {_ROW}, {columns} FROM texts)"


def _cells(reader: Reader) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(name, pa.string()) for name in reader.columns])
    batches = (pa.RecordBatch.from_pylist(block, schema) for block in reader.pick())
    return _numbered(batches, schema)


def _json(reader: Reader) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, LineReader):
        lines = (line.decode("utf-8") for line in reader.lines())
    else:
        lines = (json.dumps(record, default=str) for block in reader.pick() for record in block)
    schema = pa.schema([("json", pa.large_string())])
    yield from _numbered(_batched(lines, schema), schema)


def _batched(lines: Iterator[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while block := list(islice(lines, BLOCK_ROWS)):
        yield pa.RecordBatch.from_arrays([pa.array(block, pa.large_string())], schema=schema)


def _numbered(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    start = 0
    numbered = schema.append(pa.field(_ROW, pa.int64()))
    for batch in batches:
        rows = pa.array(np.arange(start, start + batch.num_rows))
        start += batch.num_rows
        yield pa.RecordBatch.from_arrays([*batch.columns, rows], schema=numbered)


def _stream(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    first = next(batches)
    return pa.RecordBatchReader.from_batches(first.schema, chain([first], batches))
