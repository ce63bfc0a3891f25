"""The text of Arrow batches: whole columns at once, row by row only where rows need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cribble.core.errors import DataError
from cribble.core.protocols import TextBlock
from cribble.data.arrow import is_text
from cribble.data.template import Template
from cribble.data.text import Name, TextFormat, record_texts


def batch_texts(
    batch: pa.RecordBatch, formats: Sequence[TextFormat], view: str, start: int, name: Name
) -> TextBlock:
    """Read the text of a batch; the same as `record_texts` of its rows.

    Raises:
        SignalError: A row has no text, or none in this view.
        DataError: A text is not UTF-8.
    """
    slow, format = _plan(batch, formats)
    texts = _whole_columns(batch, format, view) if format is not None else None
    if texts is None or texts.null_count:
        slow = np.ones(batch.num_rows, dtype=bool)
    if slow.any():
        rows = np.nonzero(slow)[0]
        records = batch.take(pa.array(rows)).to_pylist()
        found = pa.array(
            record_texts(records, formats, view, rows + start, name), pa.large_string()
        )
        texts = found if slow.all() else pc.replace_with_mask(texts, pa.array(slow), found)
    return pack_array(texts, start, name)


def template_texts(batch: pa.RecordBatch, template: Template, start: int, name: Name) -> TextBlock:
    """Fill a template with each row of a batch; the same as `Template.texts` of its rows.

    Raises:
        SignalError: A row lacks a field, or all its fields are null.
        DataError: A text is not UTF-8.
    """
    columns = [_strings(batch, field) for field in template.fields]
    plain = [column for column in columns if column is not None]
    if len(plain) < len(columns) or all(column.null_count for column in plain):
        rows = range(start, start + batch.num_rows)
        return TextBlock.from_strings(template.texts(batch.to_pylist(), rows, name))
    if template.pieces == (("", template.fields[0]),):
        return pack_array(plain[0], start, name)
    filled = iter(plain)
    parts: list[Any] = []
    for literal, field in template.pieces:
        parts += [pa.scalar(literal, pa.large_string())] if literal else []
        parts += [pc.fill_null(next(filled), "")] if field is not None else []
    joined = pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))
    return pack_array(joined, start, name)


def pack_array(texts: Any, start: int, name: Name) -> TextBlock:
    """View an Arrow array of strings without nulls as a text block.

    Raises:
        DataError: A text is not UTF-8.
    """
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raise _not_utf8(texts, start, name) from None
    _, offsets, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    places = np.frombuffer(offsets, dtype=width) if offsets else np.zeros(1, dtype=width)
    places = places[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    raw = np.frombuffer(data, dtype=np.uint8) if data else np.empty(0, dtype=np.uint8)
    return TextBlock(raw[places[0] : places[-1]], places - places[0])


def _plan(
    batch: pa.RecordBatch, formats: Sequence[TextFormat]
) -> tuple[NDArray[np.bool_], TextFormat | None]:
    """Find the format that whole columns can serve, and the rows that are in another."""
    slow = np.zeros(batch.num_rows, dtype=bool)
    for one in formats:
        valid = np.logical_and.reduce(
            [batch.column(key).is_valid().to_numpy(zero_copy_only=False) for key in one.needs]
        )
        if not one.chat and (valid | slow).all():
            return slow, one
        slow |= valid
    return slow, None


def _whole_columns(batch: pa.RecordBatch, format: TextFormat, view: str) -> Any:
    """Join a format's columns; null where they are not text or a row says nothing in the view."""
    sides = {"full": format.user + format.assistant, "assistant": format.assistant}
    keys = sides.get(view, format.user) if format.assistant else format.user
    columns = [_strings(batch, key) for key in keys if key in batch.schema.names]
    if not columns or any(column is None for column in columns):
        return None
    if len(columns) == 1:
        return columns[0]
    blank = pa.scalar("", pa.large_string())
    joined = pc.fill_null(columns[0], blank)
    for column in columns[1:]:
        column = pc.fill_null(column, blank)
        both = pc.and_(pc.not_equal(joined, blank), pc.not_equal(column, blank))
        between = pc.if_else(both, pa.scalar("\n", pa.large_string()), blank)
        joined = pc.binary_join_element_wise(joined, between, column, blank)
    return pc.if_else(pc.is_valid(pc.coalesce(*columns)), joined, None)


def _strings(batch: pa.RecordBatch, key: str) -> Any:
    """A top-level column as large strings; None where it is something else."""
    if key not in batch.schema.names:
        return None
    column = batch.column(key)
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return column.cast(pa.large_string()) if is_text(kind) else None


def _not_utf8(texts: Any, start: int, name: Name) -> DataError:
    raw = texts.cast(pa.large_binary()).to_pylist()
    for at, value in enumerate(raw):
        try:
            value.decode("utf-8")
        except UnicodeDecodeError as error:
            found = f"the text of row {name(start + at)} is not UTF-8 (byte {error.start:,} of it)"
            return DataError("the pool", found, "mend the row")
    raise AssertionError("an Arrow array that fails its check has a row that fails it")
