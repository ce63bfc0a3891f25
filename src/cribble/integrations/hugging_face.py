"""A selection as a dataset of Hugging Face."""

from __future__ import annotations

from typing import Any

from cribble.core import Selection
from cribble.core.errors import OutputError
from cribble.data.rows import PoolRows


def to_dataset(chosen: Selection, order: str = "pool") -> Any:
    """Turn the chosen rows into a ``datasets.Dataset``, in memory.

    Rows of a ``datasets.Dataset`` or a Parquet file keep their features and metadata; lines keep
    their keys and get the types that a Parquet output would give them.

    Args:
        chosen: The rows, from a pool that was read.
        order: "pool" keeps the pool's order, "picked" the order of picks.

    Raises:
        MissingPackageError: The package ``datasets`` is not there.
        OutputError: The pool holds arrays alone, or the rows would lose something.
    """
    rows = getattr(chosen.pool, "rows", None)
    if not isinstance(rows, PoolRows):
        raise OutputError("a dataset", "the pool is a bare array", "use `indices` instead")
    return rows.dataset(chosen.ordered(order))
