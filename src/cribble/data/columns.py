"""One column of a pool as numbers, groups or vectors, from dictionaries or from Arrow arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import SignalError, UnknownNameError
from cribble.core.protocols import Groups
from cribble.data.blocks import Block

MISSING = object()

Values = tuple[int, Any]
Name = Callable[[int], str]

_MEND = "mend or drop the row; no row is skipped in silence"


def top_column(path: str, columns: tuple[str, ...]) -> str:
    """Find the top-level column that a dotted path starts in.

    Raises:
        UnknownNameError: There is none.
    """
    head = path
    while head not in columns:
        head, dot, _ = head.rpartition(".")
        if not dot:
            raise UnknownNameError("column", path, columns)
    return head


def descend(record: Any, path: str) -> Any:
    """Follow a dotted path; of keys that hold dots themselves the longest comes first."""
    head = path
    while isinstance(record, dict):
        if head in record:
            rest = path[len(head) + 1 :]
            return descend(record[head], rest) if rest else record[head]
        head, dot, _ = head.rpartition(".")
        if not dot:
            break
    return MISSING


def column_values(blocks: Iterator[Block], path: str) -> Iterator[Values]:
    """Stream one column: the first row of each block, and a list or an Arrow array of values.

    A key that a row lacks counts as null.

    Raises:
        UnknownNameError: No row has it.
    """
    start, found, seen = 0, False, set[str]()
    for block in blocks:
        if not isinstance(block, list):
            values, found = _arrow_column(block, path), True
        elif "." not in path:
            values = [record.get(path) for record in block]
            found = found or any(path in record for record in block)
        else:
            values = [descend(record, path) for record in block]
            found = found or any(value is not MISSING for value in values)
            values = [None if value is MISSING else value for value in values]
        if not found:
            seen.update(*block, *(_beside(record, path) for record in block))
        yield start, values
        start += len(values)
    if not found:
        raise UnknownNameError("column", path, sorted(seen))


def _beside(record: dict[str, Any], path: str) -> list[str]:
    """The paths that end where a dotted one does."""
    head, dot, _ = path.rpartition(".")
    inside = descend(record, head) if dot else None
    return [f"{head}.{key}" for key in inside] if isinstance(inside, dict) else []


def _arrow_column(batch: Any, path: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    done = top_column(path, tuple(batch.schema.names))
    values = batch.column(done)
    while done != path:
        fields = list(values.type) if pa.types.is_struct(values.type) else []
        known = tuple(field.name for field in fields)
        try:
            key = top_column(path[len(done) + 1 :], known)
        except UnknownNameError:
            full = [f"{done}.{one}" for one in known]
            raise UnknownNameError("column", path, full or [done]) from None
        values = pc.struct_field(values, known.index(key))
        done = f"{done}.{key}"
    return values


def read_numbers(
    values: Iterator[Values], path: str, size: int, name: Name, text: bool, missing: bool = False
) -> NDArray[np.float64]:
    """Read numbers, (n,) float64.

    Args:
        values: The column.
        path: Its name.
        size: Number of rows, n.
        name: Names a row in a message.
        text: Whether numbers are written as text, as in CSV.
        missing: Whether nulls and NaN are taken, as NaN.

    Raises:
        SignalError: A value is not a number, is infinite or, unless taken, null or NaN.
    """
    found = np.empty(size, dtype=np.float64)
    for start, block in values:
        plain = _list_numbers(block) if isinstance(block, list) else _arrow_numbers(block)
        if not isinstance(plain, np.ndarray):
            gone = ("", None) if missing else ()
            plain = [
                math.nan if value in gone else _number(value, path, start + at, name, text)
                for at, value in enumerate(plain)
            ]
        found[start : start + len(plain)] = plain
    if len(bad := np.nonzero(np.isinf(found) if missing else ~np.isfinite(found))[0]):
        raise SignalError(path, f"row {name(int(bad[0]))} holds NaN or infinity", _MEND)
    return found


def _list_numbers(values: list[Any]) -> Any:
    if {type(value) for value in values} <= {int, float, bool}:
        try:
            return np.array(values, dtype=np.float64)
        except OverflowError:
            return values
    return values


def _arrow_numbers(array: Any) -> Any:
    import pyarrow as pa

    kinds = pa.types
    if array.null_count or not (
        kinds.is_integer(array.type)
        or kinds.is_floating(array.type)
        or kinds.is_boolean(array.type)
    ):
        return array.to_pylist()
    return array.to_numpy(zero_copy_only=False).astype(np.float64)


def _number(value: Any, path: str, row: int, name: Name, text: bool) -> float:
    if text and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            value = value or None
    elif isinstance(value, (int, float)) or hasattr(value, "as_integer_ratio"):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    found = "null" if value is None else f"{value!r:.60}, not a number"
    raise SignalError(path, f"row {name(row)} holds {found}", _MEND)


def read_labels(values: Iterator[Values], path: str, size: int, name: Name) -> Groups:
    """Read groups; their names are sorted, a null is the group "null".

    Raises:
        SignalError: A value is neither text, a whole number, true, false nor null.
    """
    codes = np.empty(size, dtype=np.int64)
    seen: dict[str, int] = {}
    for start, block in values:
        words, places = (block, None) if isinstance(block, list) else _distinct(block)
        local = np.empty(len(words), dtype=np.int64)
        for at, value in enumerate(words):
            label = _label(value)
            if label is None:
                row = start + (at if places is None else int(np.nonzero(places == at)[0][0]))
                raise SignalError(
                    path,
                    f"row {name(row)} holds {value!r:.60}, which names no group",
                    "a group is text, a whole number, true, false or null",
                )
            local[at] = seen.setdefault(label, len(seen))
        block_codes = local if places is None else local[places]
        codes[start : start + len(block_codes)] = block_codes
    names = sorted(seen)
    place = np.empty(len(names), dtype=np.int64)
    place[[seen[one] for one in names]] = np.arange(len(names))
    return Groups(place[codes], tuple(names))


def join_labels(parts: Sequence[Groups]) -> Groups:
    """Make one grouping of those of consecutive rows."""
    if len(parts) == 1:
        return parts[0]
    names = sorted({name for part in parts for name in part.names})
    place = {name: at for at, name in enumerate(names)}
    codes = [
        np.array([place[name] for name in part.names], dtype=np.int64)[part.codes] for part in parts
    ]
    return Groups(np.concatenate(codes), tuple(names))


def _distinct(array: Any) -> tuple[list[Any], NDArray[np.int64] | None]:
    """The distinct values of an Arrow array and the place of each row's among them."""
    import pyarrow as pa

    if pa.types.is_nested(array.type):
        return array.to_pylist(), None
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    encoded = array.dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _label(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    return None
