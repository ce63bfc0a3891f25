"""Hugging Face: datasets in memory, folders saved by `datasets`, and the layout of the Hub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from cribble.core.errors import DataError, MissingPackageError
from cribble.data.arrow import ArrowReader, Part
from cribble.data.blocks import BLOCK_ROWS
from cribble.data.files import open_files
from cribble.data.ipc import open_ipc
from cribble.data.parquet import ParquetSink
from cribble.data.store import Store

_SHARD_BYTES = 512 << 20
_CARD = """\
---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---
"""


def is_saved(folder: Path) -> bool:
    """Tell whether ``Dataset.save_to_disk`` or ``DatasetDict.save_to_disk`` made a folder."""
    return (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file()


def open_saved(folder: Path, store: Store | None = None) -> ArrowReader:
    """Open a folder that ``Dataset.save_to_disk`` made.

    Args:
        folder: The folder.
        store: Where it is kept what was found in its files; None for nowhere.

    Raises:
        DataError: It holds several splits, or cannot be read.
    """
    try:
        if (folder / "dataset_dict.json").is_file():
            splits = json.loads((folder / "dataset_dict.json").read_text())["splits"]
            raise DataError(
                str(folder),
                f"it holds the splits {', '.join(splits)}",
                f"name one of them: {folder / splits[0]}",
            )
        state = json.loads((folder / "state.json").read_text())
        names = [one["filename"] for one in state["_data_files"]]
        indexed = state.get("_indices_data_files")
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(str(folder), f"it cannot be read ({error!r})", "save it again") from error
    if indexed:
        raise DataError(
            str(folder),
            "its rows are picked by an index of an old version of datasets",
            "load it, call flatten_indices() and save it again",
        )
    return open_ipc(open_files([str(folder / name) for name in names], store))


def open_dataset(dataset: Any) -> ArrowReader:
    """Read a ``datasets.Dataset``, with its features in the schema's metadata.

    Raises:
        DataError: It is a stream, or a dictionary of splits.
    """
    kind = type(dataset).__name__
    if hasattr(dataset, "keys"):
        raise DataError(f"the {kind}", f"it holds {', '.join(dataset)}", "hand over one split")
    if not hasattr(dataset, "features") or not hasattr(dataset, "__len__"):
        raise DataError(f"the {kind}", "a stream has no rows to pick from", "hand over a Dataset")
    schema = dataset.features.arrow_schema

    def read(columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        names = list(columns) if columns is not None else schema.names
        view = dataset.with_format("arrow", columns=names)
        wanted = pa.schema([schema.field(name) for name in names], metadata=schema.metadata)
        for start in range(0, len(dataset), BLOCK_ROWS):
            table = view[start : min(start + BLOCK_ROWS, len(dataset))]
            yield from table.select(names).cast(wanted).to_batches()

    return ArrowReader(
        "dataset", schema, [[Part(len(dataset), read)]], byte_size=int(dataset.data.nbytes)
    )


def as_dataset(table: pa.Table) -> Any:
    """Hold a table as a ``datasets.Dataset``, with the features that its metadata name.

    Raises:
        MissingPackageError: The package is not there.
    """
    try:
        from datasets import Dataset
        from datasets.table import InMemoryTable
    except ImportError:
        raise MissingPackageError("datasets", "a Dataset", "hf") from None
    return Dataset(InMemoryTable(table))


def write_layout(folder: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
    """Fill an empty folder so that ``datasets.load_dataset`` and the Hub read it.

    Args:
        folder: The folder.
        schema: Schema with the metadata to store.
        batches: The rows; a new Parquet file starts every 512 MiB.
    """
    data = folder / "data"
    data.mkdir()
    shards: list[Path] = []
    batch = next(batches, None)
    while batch is not None or not shards:
        shards.append(data / f"train-{len(shards):05d}.parquet")
        size = 0
        with ParquetSink(shards[-1], schema) as sink:
            while batch is not None and size < _SHARD_BYTES:
                sink.write(batch)
                size += batch.nbytes
                batch = next(batches, None)
    for at, shard in enumerate(shards):
        shard.rename(data / f"train-{at:05d}-of-{len(shards):05d}.parquet")
    (folder / "README.md").write_text(_CARD, encoding="utf-8")
