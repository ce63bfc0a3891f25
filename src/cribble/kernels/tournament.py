"""A tournament over rows: the largest key at the top, the lowest row first among equals."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _settle(keys, rows, node):  # type: ignore[no-untyped-def]
    """Let the winners of two nodes meet above them; tell whether that changed anything.

    The left subtree holds the lower rows, so it wins among equals.
    """
    at = 2 * node
    if keys[at + 1] > keys[at]:
        at += 1
    if keys[node] == keys[at] and rows[node] == rows[at]:
        return False
    keys[node], rows[node] = keys[at], rows[at]
    return True


@njit(cache=True, nogil=True)
def _build(keys, rows, leaves):  # type: ignore[no-untyped-def]
    for node in range(leaves - 1, 0, -1):
        _settle(keys, rows, node)


@njit(cache=True, nogil=True)
def _update(keys, rows, leaves, changed, values):  # type: ignore[no-untyped-def]
    for i in range(len(changed)):
        node = leaves + changed[i]
        keys[node] = values[i]
        node >>= 1
        while node > 0 and _settle(keys, rows, node):
            node >>= 1


@njit(cache=True, nogil=True)
def _pop_stale(keys, rows, leaves, stamps, stamp, most):  # type: ignore[no-untyped-def]
    popped = np.empty(most, dtype=np.int64)
    count = 0
    while count < most and keys[1] > -np.inf and stamps[rows[1]] != stamp:
        row = rows[1]
        popped[count] = row
        count += 1
        node = leaves + row
        keys[node] = -np.inf
        node >>= 1
        while node > 0:
            _settle(keys, rows, node)
            node >>= 1
    return popped[:count]


@njit(cache=True, nogil=True)
def _stale_above(keys, rows, leaves, stamps, stamp, bar, most):  # type: ignore[no-untyped-def]
    found = np.empty(most, dtype=np.int64)
    # A path down holds one sibling a level, and there are fewer than 64 levels.
    waiting = np.empty(64, dtype=np.int64)
    waiting[0], left, count = 1, 1, 0
    while left > 0:
        left -= 1
        node = waiting[left]
        if keys[node] < bar or keys[node] == -np.inf:
            continue
        if node < leaves:
            waiting[left], waiting[left + 1] = 2 * node + 1, 2 * node
            left += 2
        elif stamps[rows[node]] != stamp:
            if count == most:
                return found[:0]
            found[count] = rows[node]
            count += 1
    return found[:count]


class Tournament:
    """A binary tree of winners over one key a row. Memory: 24 bytes a row, rounded up to 2^m rows.

    Args:
        keys: (n,) float64 keys, copied; minus infinity takes a row out.
    """

    def __init__(self, keys: NDArray[np.float64]) -> None:
        self._leaves = leaves = 1 << max(0, (len(keys) - 1).bit_length())
        # Keys lie beside the rows they belong to at every node: a match reads two neighbors.
        self._keys = np.full(2 * leaves, -np.inf)
        self._keys[leaves : leaves + len(keys)] = keys
        self._rows = np.zeros(2 * leaves, dtype=np.int32)
        self._rows[leaves:] = np.arange(leaves)
        _build(self._keys, self._rows, leaves)

    @property
    def top(self) -> int:
        """The row with the largest key; -1 where none is left."""
        return int(self._rows[1]) if self._keys[1] > -np.inf else -1

    def update(self, rows: NDArray[np.int64], keys: NDArray[np.float64]) -> None:
        """Give rows new keys."""
        _update(self._keys, self._rows, self._leaves, rows, keys)

    def pop_stale(self, stamps: NDArray[np.int64], stamp: int, most: int) -> NDArray[np.int64]:
        """Take out the leading rows, until one leads whose stamp is ``stamp``.

        Returns:
            (m,) int64 rows, m <= most, best first; their keys are minus infinity now.
        """
        popped: NDArray[np.int64] = _pop_stale(
            self._keys, self._rows, self._leaves, stamps, stamp, most
        )
        return popped

    def stale_above(
        self, stamps: NDArray[np.int64], stamp: int, bar: float, most: int
    ) -> NDArray[np.int64]:
        """Find the rows whose key is ``bar`` or more and whose stamp is not ``stamp``.

        Much cheaper a row than taking them out one by one, which orders them.

        Returns:
            (m,) int64 rows, ascending; none where there are more than ``most``.
        """
        found: NDArray[np.int64] = _stale_above(
            self._keys, self._rows, self._leaves, stamps, stamp, bar, most
        )
        return found
