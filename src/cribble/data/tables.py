"""Tables in memory: pyarrow, pandas, polars, and whatever else gives an Arrow stream."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from cribble.core.errors import DataError
from cribble.data.arrow import ArrowReader, Part


def open_table(source: Any, packages: set[str]) -> ArrowReader:
    """Read a table in memory.

    Args:
        source: The table.
        packages: Packages that its class and its bases come from.

    Raises:
        DataError: It is no table, or holds values that no column type takes.
    """
    try:
        table = _to_arrow(source, packages)
    except (pa.ArrowException, TypeError, ValueError) as error:
        kind = type(source).__name__
        raise DataError(f"the {kind}", str(error), "give each column one type") from error
    names = table.schema.names
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError("the table", f"it has two columns named {twice!r}", "rename one")

    def read(columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        wanted = table if columns is None else table.select(list(columns))
        yield from wanted.to_batches()

    return ArrowReader(
        "table",
        table.schema,
        [[Part(table.num_rows, read)]],
        byte_size=table.get_total_buffer_size(),
    )


def _to_arrow(source: Any, packages: set[str]) -> Any:
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    if "pandas" in packages and hasattr(source, "columns"):
        return pa.Table.from_pandas(source)
    if "polars" in packages:
        if hasattr(source, "collect"):
            raise TypeError("it is lazy: call collect() first")
        if not hasattr(source, "columns"):
            raise TypeError("it is one column, not a table")
        oldest = sys.modules["polars"].CompatLevel.oldest()
        return source.to_arrow(compat_level=oldest)
    if hasattr(source, "__arrow_c_stream__"):
        return pa.table(source)
    raise TypeError("it is no table")
