"""Whether a column names each row of a pool by a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.data.columns import Values


def names_each_row(column: Callable[[], Iterator[Values]], size: int) -> bool:
    """Tell whether every value is text or a whole number, none empty, no two alike.

    Memory: 8 bytes a row. Names whose hashes meet are compared themselves in a second pass, so
    the answer is exact, though Python's hashes differ from process to process.

    Args:
        column: Opens the column.
        size: Number of rows, n.
    """
    hashes = np.empty(size, dtype=np.int64)
    for start, values in column():
        names = _names(values)
        if names is None:
            return False
        hashes[start : start + len(names)] = [hash(name) for name in names]
    found, counts = np.unique(hashes, return_counts=True)
    met = found[counts > 1]
    return not len(met) or _distinct(column, hashes, met)


def _distinct(
    column: Callable[[], Iterator[Values]], hashes: NDArray[np.int64], met: NDArray[np.int64]
) -> bool:
    seen: set[str] = set()
    for start, values in column():
        names = _names(values) or []
        for at in np.nonzero(np.isin(hashes[start : start + len(names)], met))[0]:
            if names[at] in seen:
                return False
            seen.add(names[at])
    return True


def _names(values: Any) -> list[str] | None:
    values = values if isinstance(values, list) else values.to_pylist()
    if not {type(value) for value in values} <= {str, int}:
        return None
    names = [str(value) for value in values]
    return names if all(names) else None
