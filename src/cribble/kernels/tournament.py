"""A tournament over rows: the largest key at the top, the lowest row first among equals."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _better(keys, a, b):  # type: ignore[no-untyped-def]
    if b < 0 or (a >= 0 and (keys[a] > keys[b] or (keys[a] == keys[b] and a < b))):
        return a
    return b


@njit(cache=True, nogil=True)
def _build(keys, winners, leaves):  # type: ignore[no-untyped-def]
    for row in range(leaves):
        winners[leaves + row] = row if row < len(keys) else -1
    for node in range(leaves - 1, 0, -1):
        winners[node] = _better(keys, winners[2 * node], winners[2 * node + 1])


@njit(cache=True, nogil=True)
def _replay(keys, winners, leaves, rows):  # type: ignore[no-untyped-def]
    for row in rows:
        node = (leaves + row) >> 1
        while node > 0:
            winners[node] = _better(keys, winners[2 * node], winners[2 * node + 1])
            node >>= 1


@njit(cache=True, nogil=True)
def _pop_stale(keys, winners, leaves, stamps, stamp, most):  # type: ignore[no-untyped-def]
    popped = np.empty(most, dtype=np.int64)
    count = 0
    while count < most:
        row = winners[1]
        if row < 0 or keys[row] == -np.inf or stamps[row] == stamp:
            break
        popped[count] = row
        count += 1
        keys[row] = -np.inf
        node = (leaves + row) >> 1
        while node > 0:
            winners[node] = _better(keys, winners[2 * node], winners[2 * node + 1])
            node >>= 1
    return popped[:count]


class Tournament:
    """A binary tree of winners over one key a row. Memory: 24 bytes a row, rounded up to 2^m rows.

    Args:
        keys: (n,) float64 keys, copied; minus infinity takes a row out.

    Attributes:
        keys: (n,) float64, the keys as they stand.
    """

    def __init__(self, keys: NDArray[np.float64]) -> None:
        self.keys = keys.astype(np.float64, copy=True)
        self._leaves = 1 << max(0, (len(keys) - 1).bit_length())
        self._winners = np.full(2 * self._leaves, -1, dtype=np.int32)
        _build(self.keys, self._winners, self._leaves)

    @property
    def top(self) -> int:
        """The row with the largest key; -1 where none is left."""
        row = int(self._winners[1]) if len(self.keys) else -1
        return row if row >= 0 and self.keys[row] > -np.inf else -1

    def update(self, rows: NDArray[np.int64], keys: NDArray[np.float64]) -> None:
        """Give rows new keys."""
        self.keys[rows] = keys
        _replay(self.keys, self._winners, self._leaves, rows)

    def pop_stale(self, stamps: NDArray[np.int64], stamp: int, most: int) -> NDArray[np.int64]:
        """Take out the leading rows, until one leads whose stamp is ``stamp``.

        Returns:
            (m,) int64 rows, m <= most, best first; their keys are minus infinity now.
        """
        popped: NDArray[np.int64] = _pop_stale(
            self.keys, self._winners, self._leaves, stamps, stamp, most
        )
        return popped
