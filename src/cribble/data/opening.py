"""`open_rows`: whatever holds rows, opened as one pool."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cribble.core.errors import DataError, ParameterError
from cribble.data.arrays import ArrayReader, open_npy
from cribble.data.bad_rows import BadRows
from cribble.data.blocks import Reader
from cribble.data.discovery import find_files
from cribble.data.files import open_files
from cribble.data.formats import input_format
from cribble.data.records import RecordReader
from cribble.data.rows import PoolRows
from cribble.data.store import Store


def open_rows(
    source: Any,
    *,
    on_error: Literal["fail", "quarantine"] = "fail",
    quarantine: str | Path | None = None,
    where: str | None = None,
    store: Store | None = None,
) -> PoolRows:
    """Open rows from wherever they are.

    Args:
        source: A file, a glob, a folder (of data files, or saved by Hugging Face ``datasets``),
            an fsspec URL, a list of these (one pool, one format); a pandas, polars or pyarrow
            table, a ``datasets.Dataset``, an (n, d) array (NumPy's, a memory map, or one that NumPy
            can read, such as a PyTorch tensor), a list of dictionaries.
        on_error: "fail" stops at rows that cannot be read, after naming the first five;
            "quarantine" sets them aside. Only lines (JSONL, CSV) can be bad one by one.
        quarantine: The file to set bad rows aside in.
        where: SQL condition, in DuckDB's dialect, that the rows of the pool fulfil.
        store: The cache, where it is kept what was found in large local files: they are not read
            again while they are what they were (`cribble.data.stamps`). None reads all of them.

    Returns:
        The rows, which satisfy `cribble.core.protocols.Rows`.

    Raises:
        DataError: The source cannot be read, holds bad rows, or holds no rows.
        ParameterError: An option has no such value, or ``where`` is not SQL for these rows.
        MissingPackageError: ``where`` needs DuckDB.
    """
    if on_error not in ("fail", "quarantine"):
        raise ParameterError("on_error", on_error, "'fail' or 'quarantine'")
    if on_error == "quarantine" and quarantine is None:
        raise ParameterError("quarantine", None, "a file when on_error is 'quarantine'")
    bad = BadRows(Path(quarantine) if quarantine and on_error == "quarantine" else None)
    reader = _open(source, bad, store)
    if not len(reader):
        raise DataError(_name(source), "it holds no rows", "hand over at least one row")
    if where is None:
        return PoolRows(reader, store=store)
    from cribble.data.filtering import rows_where

    kept = rows_where(reader, where)
    if not len(kept):
        found = f"none of its {len(reader):,} rows fulfils {where!r}"
        raise DataError(_name(source), found, "change --where")
    return PoolRows(reader, kept, store)


def _open(source: Any, bad: BadRows, store: Store | None) -> Reader:
    if isinstance(source, (str, os.PathLike)):
        return _open_paths([source], bad, store)
    if isinstance(source, np.ndarray):
        return ArrayReader(source)
    if isinstance(source, Sequence):
        if not source:
            raise DataError("the list", "it is empty", "hand over at least one row")
        if all(isinstance(one, (str, os.PathLike)) for one in source):
            return _open_paths(source, bad, store)
        return RecordReader(source)
    return _open_object(source)


def _open_object(source: Any) -> Reader:
    """Open another package's object; the package is imported if and only if the caller did."""
    packages = {cls.__module__.partition(".")[0] for cls in type(source).__mro__}
    if "datasets" in packages:
        from cribble.data.huggingface import open_dataset

        return open_dataset(source)
    if packages & {"pandas", "polars", "pyarrow"} or hasattr(source, "__arrow_c_stream__"):
        from cribble.data.tables import open_table

        return open_table(source, packages)
    if isinstance(source, Mapping):
        raise DataError("the dictionary", "it is one row or one column", "hand over a list of rows")
    if hasattr(source, "__array__"):
        return ArrayReader(np.asarray(source))
    if isinstance(source, Iterator):
        found = "it can be read only once"
        raise DataError("the iterator", found, "make a list of it, or use cribble.stream")
    kind = f"{type(source).__module__}.{type(source).__qualname__}"
    raise DataError(
        f"the {kind}", "it is nothing that holds rows", "hand over a path, a table or an array"
    )


def _open_paths(
    paths: Sequence[str | os.PathLike[str]], bad: BadRows, store: Store | None
) -> Reader:
    given = [os.fspath(path) for path in paths]
    if len(given) == 1 and (folder := Path(given[0]).expanduser()).is_dir():
        from cribble.data.huggingface import is_saved, open_saved

        if is_saved(folder):
            return open_saved(folder, store)
    found = [file for path in given for file in find_files(path)]
    if twice := next((file for file in found if found.count(file) > 1), None):
        raise DataError(twice, "it is named twice", "name each file once")
    files = open_files(found, store)
    format = input_format(files)
    if format == "jsonl":
        from cribble.data.jsonl import JsonLines
        from cribble.data.lines import LineReader

        return LineReader(files, JsonLines(), bad)
    if format == "csv":
        from cribble.data.csv import CsvRecords
        from cribble.data.lines import LineReader

        return LineReader(files, CsvRecords(), bad)
    if format == "parquet":
        from cribble.data.parquet import open_parquet

        return open_parquet(files)
    if format == "arrow":
        from cribble.data.ipc import open_ipc

        return open_ipc(files)
    return open_npy(files)


def _name(source: Any) -> str:
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return f"the {type(source).__name__}"
