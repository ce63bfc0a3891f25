"""From one format to another, where every value comes back equal; refused elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cribble.core.errors import OutputError
from cribble.data.arrow import ArrowReader, is_text
from cribble.data.blocks import Indices, Reader

_KEEP_JSON = "write .jsonl"


def json_lines(reader: Reader, indices: Indices, path: str) -> Iterator[bytes]:
    """Stream rows of any format as JSON lines.

    Raises:
        OutputError: A value has no equal in JSON: bytes, times, decimals, NaN, and so on.
    """
    if isinstance(reader, ArrowReader):
        for field in reader.schema:
            if kind := _not_json(field.type):
                raise OutputError(
                    path,
                    f"column {field.name!r} holds {kind}, which JSON does not have",
                    "write .parquet, or drop or convert the column",
                )
    start = 0
    for block in reader.pick(indices):
        records = block if isinstance(block, list) else block.to_pylist()
        for place, record in enumerate(records, start):
            yield _json_line(record, reader.locate(int(indices[place])), path)
        start += len(records)


def infer_schema(reader: Reader, indices: Indices, path: str) -> pa.Schema:
    """Find the Arrow schema that takes all of some JSON or CSV rows, in one pass.

    Raises:
        OutputError: A column holds values of several types.
    """
    if reader.format == "csv":
        return pa.schema([(name, pa.string()) for name in reader.columns])
    found: pa.Schema | None = None
    for block in reader.pick(indices):
        names = dict.fromkeys(key for record in block for key in record)
        fields = [
            (name, _infer(name, [record.get(name) for record in block], path)) for name in names
        ]
        schema = pa.schema(fields)
        try:
            found = pa.unify_schemas([found or schema, schema], promote_options="permissive")
        except pa.ArrowException as error:
            raise _mixed(path, str(error)) from error
    return found if found is not None else pa.schema([])


def arrow_batches(
    reader: Reader, indices: Indices, schema: pa.Schema, path: str
) -> Iterator[pa.RecordBatch]:
    """Stream JSON or CSV rows as Arrow, each block compared with what it was.

    An absent key comes back as null, as in every columnar format; numbers are compared by value.

    Raises:
        OutputError: A row does not come back equal.
    """
    start = 0
    for block in reader.pick(indices):
        try:
            batch = pa.RecordBatch.from_pylist(block, schema=schema)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
            raise _mixed(path, str(error)) from error
        for place, (sent, back) in enumerate(zip(block, batch.to_pylist(), strict=True), start):
            if not _equal(sent, back):
                name = next(key for key in back if not _equal(sent.get(key), back[key]))
                raise OutputError(
                    path,
                    f"row {reader.locate(int(indices[place]))} would not come back equal in "
                    f"{name!r}: {sent.get(name)!r:.60} would be {back[name]!r:.60}",
                    _KEEP_JSON,
                )
        yield batch
        start += len(block)


def check_parquet_takes(schema: pa.Schema, path: str) -> None:
    """Refuse columns whose type Parquet cannot store and give back.

    Raises:
        OutputError: There is such a column.
    """
    for field in schema:
        sink = pa.BufferOutputStream()
        try:
            pq.write_table(pa.schema([field]).empty_table(), sink)
            back = pq.read_schema(pa.BufferReader(sink.getvalue())).field(0).type
        except pa.ArrowException as error:
            back = str(error)
        if not _as_good(field.type, back):
            raise OutputError(
                path,
                f"column {field.name!r} is {field.type}, which Parquet does not keep ({back})",
                "write .arrow or .jsonl, or convert the column",
            )


def _as_good(type_: Any, back: Any) -> bool:
    """Whether a type that came back takes every value of the one that was stored."""
    if type_ == back:
        return True
    if isinstance(back, str):
        return False
    kinds = pa.types
    if kinds.is_dictionary(type_) and kinds.is_dictionary(back):
        same = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}
        value = same.get(type_.value_type, type_.value_type)
        return bool(value == back.value_type and type_.ordered == back.ordered)
    # Parquet has no seconds; milliseconds hold them.
    return bool(type_ == pa.timestamp("s", getattr(type_, "tz", None)) and kinds.is_timestamp(back))


def _not_json(type_: Any) -> str | None:
    """Name the part of a type that JSON lacks; None where it has all of it."""
    kinds = pa.types
    if isinstance(type_, pa.BaseExtensionType):
        return str(type_)
    if kinds.is_dictionary(type_):
        return _not_json(type_.value_type)
    if kinds.is_struct(type_):
        parts = (_not_json(type_.field(at).type) for at in range(type_.num_fields))
        return next((part for part in parts if part), None)
    if kinds.is_list(type_) or kinds.is_large_list(type_) or kinds.is_fixed_size_list(type_):
        return _not_json(type_.value_type)
    plain = (
        kinds.is_null(type_)
        or kinds.is_boolean(type_)
        or kinds.is_integer(type_)
        or kinds.is_floating(type_)
        or is_text(type_)
    )
    return None if plain else str(type_)


def _json_line(record: dict[str, Any], row: str, path: str) -> bytes:
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        if not _equal(record, json.loads(text)):
            raise TypeError("a value would come back as another")
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(record, allow_nan=False).encode("ascii") + b"\n"
    except (TypeError, ValueError) as error:
        raise OutputError(
            path, f"row {row} has no equal in JSON ({error})", "write .parquet, or convert it"
        ) from error


def _infer(name: str, values: list[Any], path: str) -> Any:
    try:
        return pa.array(values).type
    except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
        raise _mixed(path, f"column {name!r}: {error}") from error


def _mixed(path: str, reason: str) -> OutputError:
    found = reason.splitlines()[0]
    return OutputError(path, f"the rows fit no columns ({found})", _KEEP_JSON)


def _equal(sent: Any, back: Any) -> bool:
    """Compare values; an absent key equals null, NaN equals NaN."""
    if isinstance(sent, dict) and isinstance(back, dict):
        return all(_equal(sent.get(key), back.get(key)) for key in {**sent, **back})
    if isinstance(sent, list) and isinstance(back, list):
        return len(sent) == len(back) and all(map(_equal, sent, back))
    if isinstance(sent, float) and isinstance(back, float) and math.isnan(sent):
        return math.isnan(back)
    return bool(sent == back) and isinstance(sent, bool) == isinstance(back, bool)
