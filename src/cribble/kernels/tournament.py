"""A tournament over rows: the largest key at the top, the lowest row first among equals."""

from __future__ import annotations

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
def _stale_above(keys, leaves, stamps, stamp, bar, most):  # type: ignore[no-untyped-def]
    found = np.empty(most, dtype=np.int64)
    waiting = np.empty(_WAITING, dtype=np.int64)
    waiting[0], left, count = 0, 1, 0
    while left > 0:
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
            if count == most:
                return found[:0]
            found[count] = node - leaves
            count += 1
    return found[:count]


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
