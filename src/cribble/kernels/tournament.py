"""A tournament over rows: the largest key at the top, the lowest row first among equals."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Few levels, and in each the keys that are compared lie beside each other: two cache lines.
_BITS = 4
_WIDTH = 1 << _BITS
# A way down leaves the rest of one run a level behind; 16 levels hold 2^64 rows.
_WAITING = 16 * _WIDTH


@njit(cache=True, nogil=True)
def _largest(keys, first):  # type: ignore[no-untyped-def]
    """Find the largest key of a node's run, in four chains that do not wait for each other."""
    run = keys[first : first + _WIDTH]
    a, b, c, d = run[0], run[1], run[2], run[3]
    for at in range(4, _WIDTH, 4):
        a, b = max(a, run[at]), max(b, run[at + 1])
        c, d = max(c, run[at + 2]), max(d, run[at + 3])
    return max(max(a, b), max(c, d))


@njit(cache=True, nogil=True)
def _build(keys):  # type: ignore[no-untyped-def]
    for node in range((len(keys) - 2) >> _BITS, -1, -1):
        keys[node] = _largest(keys, (node << _BITS) + 1)


@njit(cache=True, nogil=True)
def _put(keys, node, key):  # type: ignore[no-untyped-def]
    """Change the key of a node, and of all above it that it led or leads now."""
    old, keys[node] = keys[node], key
    while node > 0:
        node = (node - 1) >> _BITS
        top = keys[node]
        if key <= top and old < top:
            return
        key = key if key > top else _largest(keys, (node << _BITS) + 1)
        if key == top:
            return
        old, keys[node] = top, key


@njit(cache=True, nogil=True)
def _leader(keys, leaves):  # type: ignore[no-untyped-def]
    """Find the first leaf with the key of the root."""
    node = 0
    while node < leaves:
        node = (node << _BITS) + 1
        while keys[node] != keys[0]:
            node += 1
    return node


@njit(cache=True, nogil=True)
def _update(keys, leaves, changed, values):  # type: ignore[no-untyped-def]
    for i in range(len(changed)):
        _put(keys, leaves + changed[i], values[i])


@njit(cache=True, nogil=True)
def _pop_stale(keys, leaves, stamps, stamp, most):  # type: ignore[no-untyped-def]
    popped = np.empty(most, dtype=np.int64)
    count = 0
    while count < most and keys[0] > -np.inf:
        node = _leader(keys, leaves)
        if stamps[node - leaves] == stamp:
            break
        popped[count] = node - leaves
        count += 1
        _put(keys, node, -np.inf)
    return popped[:count]


@njit(cache=True, nogil=True)
def _gather(keys, leaves, stamps, stamp, bar, found):  # type: ignore[no-untyped-def]
    """Fill ``found`` with rows of other stamps whose key is at least ``bar``; returns how many."""
    waiting = np.empty(_WAITING, dtype=np.int64)
    waiting[0], left, count = 0, 1, 0
    while left > 0 and count < len(found):
        left -= 1
        node = waiting[left]
        if keys[node] < bar or keys[node] == -np.inf:
            continue
        if node < leaves:
            first = (node << _BITS) + 1
            for child in range(first + _WIDTH - 1, first - 1, -1):
                if keys[child] >= bar:
                    waiting[left] = child
                    left += 1
        elif stamps[node - leaves] != stamp:
            found[count] = node - leaves
            count += 1
    return count


@njit(cache=True, nogil=True)
def _stale_above(keys, leaves, stamps, stamp, bar, most):  # type: ignore[no-untyped-def]
    found = np.empty(most + 1, dtype=np.int64)
    count = _gather(keys, leaves, stamps, stamp, bar, found)
    return found[: count if count <= most else 0]


@njit(cache=True, nogil=True)
def next_stale(entries, stamp, bar, found):  # type: ignore[no-untyped-def]
    """Find rows to settle next: those whose key is at least ``bar``, the leading one at least.

    Args:
        entries: What `Tournament.entries` returns; rows that may not be added leave it.
        stamp: The stamp of settled rows, whose key holds.
        bar: A key that another row has for certain.
        found: (m,) int64, filled with rows.

    Returns:
        How many there are; 0 where a settled row leads, or none is left.
    """
    keys, leaves, stamps, _, _, blocked, costs, ceiling, codes = entries
    while keys[0] > -np.inf:
        count = 1
        found[0] = _leader(keys, leaves) - leaves
        if stamps[found[0]] == stamp:
            return 0
        if bar > -np.inf:
            count = _gather(keys, leaves, stamps, stamp, bar, found)
        kept = 0
        for at in range(count):
            row = found[at]
            if blocked[row] or costs[row] > ceiling[codes[row]]:
                _put(keys, leaves + row, -np.inf)
            else:
                found[kept] = row
                kept += 1
        if kept:
            return kept
    return 0


@njit(cache=True, nogil=True)
def leading_row(entries):  # type: ignore[no-untyped-def]
    """Find the row with the largest key, the lowest among equals; -1 where none is left."""
    keys, leaves = entries[0], entries[1]
    return _leader(keys, leaves) - leaves if keys[0] > -np.inf else -1


@njit(cache=True, nogil=True)
def settle(entries, row, stamp, value):  # type: ignore[no-untyped-def]
    """Lower the bound of a row to a value, and stamp it; returns its new key."""
    keys, leaves, stamps, bounds, divisor, _, _, _, _ = entries
    stamps[row] = stamp
    bounds[row] = min(bounds[row], value)
    key = bounds[row] / divisor[row]
    _put(keys, leaves + row, key)
    return key


class Admitting(Protocol):
    """What the tournament reads of `cribble.constraints.Admission`."""

    blocked: NDArray[np.bool_]
    costs: NDArray[np.float64]
    ceiling: NDArray[np.float64]
    codes: NDArray[np.int64]


class Tournament:
    """A tree of winners over one key a row, 16 to a match. Memory: 8 to 17 bytes a row.

    Args:
        keys: (n,) float64 keys, copied; minus infinity takes a row out.
    """

    def __init__(self, keys: NDArray[np.float64]) -> None:
        # Level by level: those below node i are 16 i + 1 to 16 i + 16. The rows are the last one,
        # which ends with the last whole run.
        leaves, room = 0, 1
        while room < len(keys):
            leaves, room = leaves + room, room * _WIDTH
        self._leaves = leaves
        self._keys = np.full(leaves + (-(-len(keys) // _WIDTH) * _WIDTH if leaves else 1), -np.inf)
        self._keys[leaves : leaves + len(keys)] = keys
        _build(self._keys)

    @property
    def top(self) -> int:
        """The row with the largest key, the lowest among equals; -1 where none is left."""
        if self._keys[0] == -np.inf:
            return -1
        return int(_leader(self._keys, self._leaves) - self._leaves)

    def update(self, rows: NDArray[np.int64], keys: NDArray[np.float64]) -> None:
        """Give rows new keys."""
        _update(self._keys, self._leaves, rows, keys)

    def entries(
        self,
        stamps: NDArray[np.int64],
        bounds: NDArray[np.float64],
        divisor: NDArray[np.float64],
        admission: Admitting,
    ) -> tuple[Any, ...]:
        """What `next_stale` and `settle` work on, for kernels that settle who leads themselves.

        Args:
            stamps: (n,) int64, when the key of each row was last settled; updated.
            bounds: (n,) float64, what no value of a row exceeds; updated.
            divisor: (n,) float64, above 0: a key is a bound over it.
            admission: Which rows may be added.
        """
        limits = admission.blocked, admission.costs, admission.ceiling, admission.codes
        return (self._keys, self._leaves, stamps, bounds, divisor, *limits)

    def pop_stale(self, stamps: NDArray[np.int64], stamp: int, most: int) -> NDArray[np.int64]:
        """Take out the leading rows, until one leads whose stamp is ``stamp``.

        Returns:
            (m,) int64 rows, m <= most, best first; their keys are minus infinity now.
        """
        popped: NDArray[np.int64] = _pop_stale(self._keys, self._leaves, stamps, stamp, most)
        return popped

    def stale_above(
        self, stamps: NDArray[np.int64], stamp: int, bar: float, most: int
    ) -> NDArray[np.int64]:
        """Find the rows whose key is ``bar`` or more and whose stamp is not ``stamp``.

        Much cheaper a row than taking them out one by one, which orders them.

        Returns:
            (m,) int64 rows, ascending; none where there are more than ``most``.
        """
        found: NDArray[np.int64] = _stale_above(self._keys, self._leaves, stamps, stamp, bar, most)
        return found
