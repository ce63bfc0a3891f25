"""Whether a column names each row of a pool by a name of its own, and which row has a name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.data.blocks import Indices
from cribble.data.columns import Values


def hash_names(column: Iterator[Values]) -> Mapping[str, NDArray[Any]]:
    """Hash the values of a column that are text or a whole number, and not empty.

    Returns:
        ``hashes``, (n,) uint64, the same on any machine, and ``numeric``, whether one of the
        names is a whole number. Where a value is no name, ``hashes`` is empty.
    """
    found, numeric = [], False
    for _, values in column:
        names = _names(values)
        if names is None:
            return {"hashes": np.empty(0, dtype=np.uint64), "numeric": np.array(False)}
        numeric = numeric or any(name.isdecimal() for name in names)
        found.append(_hashes(names))
    return {"hashes": np.concatenate(found), "numeric": np.array(numeric)}


def all_differ(
    hashes: NDArray[np.uint64], column_of: Callable[[Indices], Iterator[Values]]
) -> bool:
    """Tell whether no two names are alike; those whose hashes meet are compared themselves.

    Args:
        hashes: (n,) of all names, from `hash_names`.
        column_of: Opens the column of some rows.
    """
    ascending = np.sort(hashes)
    met = ascending[1:][ascending[1:] == ascending[:-1]]
    seen: set[str] = set()
    if len(met):
        for _, values in column_of(np.flatnonzero(np.isin(hashes, met))):
            for name in _names(values) or []:
                if name in seen:
                    return False
                seen.add(name)
    return True


def places_of(names: Iterable[str], hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The rows that may have one of some names: all that do, and perhaps one that does not."""
    return np.flatnonzero(np.isin(hashes, _hashes(list(names))))


def _hashes(names: list[str]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(map(_hash, names)), dtype=np.uint64)


def _hash(name: str) -> bytes:
    # Half of a pair of surrogates is a character of JSON, if of nothing else.
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _names(values: Any) -> list[str] | None:
    values = values if isinstance(values, list) else values.to_pylist()
    if not {type(value) for value in values} <= {str, int}:
        return None
    names = [str(value) for value in values]
    return names if all(names) else None
