"""A column of equally long lists of numbers as one matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import SignalError
from cribble.data.columns import Values
from cribble.kernels.scratch import scratch

Name = Callable[[int], str]
Matrix = NDArray[np.float32] | NDArray[np.float16]

_MEND = "mend or drop the row; no row is skipped in silence"


def read_vectors(
    values: Iterator[Values], path: str, size: int, name: Name, memory: float = math.inf
) -> Matrix:
    """Read vectors, (n, d) float32, or float16 where they are stored so.

    Args:
        values: The column in blocks, each with its first row.
        path: Name of the column.
        size: Number of rows.
        name: Names a row for a message.
        memory: Bytes that the vectors may take; beyond, they are mapped (`kernels.scratch`).

    Raises:
        OutputError: The disk cannot hold them.
        SignalError: A row holds no vector, one of another length than the first row's, a null,
            NaN, infinity or a number beyond float32.
    """
    found: Any = None
    for start, block in values:
        rows = _list_rows(block) if isinstance(block, list) else _arrow_rows(block)
        if isinstance(rows, _Fault):
            raise SignalError(path, f"row {name(start + rows.at)} {rows.found}", _MEND)
        if found is None:
            dtype = np.float16 if rows.dtype == np.float16 else np.float32
            found = scratch((size, rows.shape[1]), dtype, memory)
        if rows.shape[1] != found.shape[1]:
            raise SignalError(
                path,
                f"row {name(start)} has {rows.shape[1]} dimensions, row {name(0)} {found.shape[1]}",
                _MEND,
            )
        with np.errstate(over="ignore"):
            found[start : start + len(rows)] = rows
        check_finite(found[start : start + len(rows)], path, start, name)
    assert found is not None
    matrix: Matrix = found
    return matrix


def check_finite(block: NDArray[Any], path: str, start: int, name: Name) -> None:
    """Refuse NaN and infinity.

    Raises:
        SignalError: The first row of ``block``, row ``start`` of the pool, or one after it is
            not finite everywhere.
    """
    bad = ~np.isfinite(block).all(axis=1)
    if bad.any():
        row = start + int(np.argmax(bad))
        raise SignalError(path, f"row {name(row)} holds NaN or infinity", _MEND)


def equally_long(values: Sequence[Any]) -> bool:
    """Tell whether values are lists of numbers of one length."""
    return not isinstance(_list_rows(list(values)), _Fault)


class _Fault:
    def __init__(self, at: int, found: str) -> None:
        self.at = at
        self.found = found


def _list_rows(values: list[Any]) -> NDArray[Any] | _Fault:
    try:
        rows = np.array(values)
        if rows.ndim == 2 and rows.shape[1] and rows.dtype.kind in "fiu":
            return rows
    except (ValueError, OverflowError):
        pass
    return _first_fault(values)


def _first_fault(values: list[Any]) -> _Fault:
    width = None
    for at, value in enumerate(values):
        if not isinstance(value, list) or not value:
            return _Fault(at, "holds null" if value is None else "holds no list of numbers")
        if any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in value):
            return _Fault(at, "holds null or something else than numbers in its list")
        width = width or len(value)
        if len(value) != width:
            return _Fault(at, f"has {len(value)} dimensions, the rows before it {width}")
    return _Fault(0, "holds no numbers that fit float32")


def _arrow_rows(array: Any) -> NDArray[Any] | _Fault:
    """View an Arrow list array as a matrix, without a copy where it is stored as one."""
    import pyarrow as pa

    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    kinds = pa.types
    lists = (
        kinds.is_list(array.type)
        or kinds.is_large_list(array.type)
        or kinds.is_fixed_size_list(array.type)
    )
    if not lists or not (
        kinds.is_integer(array.type.value_type) or kinds.is_floating(array.type.value_type)
    ):
        return _Fault(0, f"holds {array.type}, not a list of numbers")
    flat = array.flatten()
    width = len(flat) // len(array)
    if not array.null_count and not flat.null_count and width:
        lengths = np.asarray(array.value_lengths())
        if (lengths == width).all():
            return np.asarray(flat.to_numpy(zero_copy_only=False)).reshape(len(array), width)
    return _first_fault(array.to_pylist())
