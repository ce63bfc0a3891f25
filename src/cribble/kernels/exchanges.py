"""What facility location becomes when one pick is exchanged for a row: all picks in one pass.

For every target the best and the second best pick are known. Only a row whose affinity exceeds
the second best matters to a target, and it matters in one of two ways: where the best pick leaves,
and where any other does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.greedy import TILE, affinity, doubt
from cribble.kernels.lists import Lists
from cribble.kernels.threads import in_threads

_BLOCK = 256

Exchanges = Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]
"""Rows, (c,) int64, and (c, k) float64 changes of the value when each takes each pick's place."""


class TwoBest(NamedTuple):
    """The two best picks of every target.

    Args:
        first: (m,) float32 affinity of the best one, or what the target has without picks.
        second: (m,) float32 affinity of the best of the others, or the same.
        owner: (m,) int64 place of the best one; -1 where no pick is better than none.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    owner: NDArray[np.int64]

    @classmethod
    def without_picks(cls, held: NDArray[np.float32]) -> TwoBest:
        """What (m,) targets have before any pick."""
        return cls(held.copy(), held.copy(), np.full(len(held), -1, dtype=np.int64))

    def losses(self, picks: int) -> NDArray[np.float64]:
        """What goes with each pick, (k,) float64."""
        owned = self.owner >= 0
        gone = self.first[owned].astype(np.float64) - self.second[owned]
        lost = np.zeros(picks)
        np.add.at(lost, self.owner[owned], gone)
        return lost


@njit(cache=True, nogil=True)
def _meet(i, value, pick, first, second, owner):  # type: ignore[no-untyped-def]
    if value > first[i]:
        second[i], first[i], owner[i] = first[i], value, pick
    elif value > second[i]:
        second[i] = value


@njit(cache=True, nogil=True)
def _meet_all(X, y, scale, offset, pick, first, second, owner):  # type: ignore[no-untyped-def]
    for i in range(len(X)):
        _meet(i, affinity(X[i], y, scale, offset), pick, first, second, owner)


@njit(cache=True, nogil=True)
def _meet_listed(rows, values, pick, first, second, owner):  # type: ignore[no-untyped-def]
    for p in range(len(rows)):
        _meet(rows[p], values[p], pick, first, second, owner)


@njit(cache=True, nogil=True)
def _exchange(i, value, first, second, owner, change):  # type: ignore[no-untyped-def]
    """Count one target in: ``change`` of each place, the last of which stands for all of them."""
    if value > first[i]:
        change[-1] += np.float64(value) - np.float64(first[i])
        if owner[i] >= 0:
            change[owner[i]] += np.float64(first[i]) - np.float64(second[i])
    else:
        change[owner[i]] += np.float64(value) - np.float64(second[i])


@njit(cache=True, nogil=True)
def _exchange_in_doubt(  # type: ignore[no-untyped-def]
    X, lengths, low, first, second, owner, Y, products, scale, offsets, slack, out
):
    for c in range(len(Y)):
        margin, offset = np.float32(slack[c]), np.float32(offsets[c])
        for t in range(products.shape[1]):
            i = low + t
            near = np.float32(scale) * products[c, t] + offset + margin * lengths[i]
            if near > second[i]:
                value = affinity(X[i], Y[c], scale, offsets[c])
                if value > second[i]:
                    _exchange(i, value, first, second, owner, out[c])


@njit(cache=True, nogil=True)
def _exchange_listed(start, rows, values, some, first, second, owner, out):  # type: ignore[no-untyped-def]
    for c in range(len(out)):
        for p in range(start[some[c]], start[some[c] + 1]):
            if values[p] > second[rows[p]]:
                _exchange(rows[p], values[p], first, second, owner, out[c])


def dense_exchanges(
    X: NDArray[np.float32],
    lengths: NDArray[np.float32],
    held: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
    picks: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> Exchanges:
    """Exchange each pick for each of some rows, where all pairs count.

    Float32 products rule out what cannot exceed the second best; the rest is summed exactly and
    in one order. Time O(c m d) for c rows, however many picks there are. Memory: 256 rows by 512
    targets and by k picks a thread, and 16 bytes a target.

    Args:
        X: (m, d) float32 targets.
        lengths: (m,) float32 lengths of the targets.
        held: (m,) float32, what each target has without picks.
        Y: (n, d) float32 candidates.
        offsets: (n,) float64 their offsets.
        scale: 1 or 2.
        picks: (k,) int64 rows of ``Y``.
        rows: (c,) int64 rows of ``Y`` that may come in, ascending.

    Returns:
        Blocks of ``rows``, in their order; what they say of rows that are picks means nothing.
    """
    best = TwoBest.without_picks(held)
    for place, row in enumerate(picks.tolist()):
        _meet_all(X, Y[row], scale, offsets[row], place, *best)
    losses = best.losses(len(picks))

    def block(low: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        some = rows[low : low + _BLOCK]
        points = Y[some]
        norms = np.sqrt(np.einsum("ij,ij->i", points, points, dtype=np.float64))
        slack = doubt(X.shape[1], scale) * norms
        out = np.zeros((len(points), len(picks) + 1))
        for part in range(0, len(X), TILE):
            products = points @ X[part : part + TILE].T
            asked = (points, products, scale, offsets[some], slack, out)
            _exchange_in_doubt(X, lengths, part, *best, *asked)
        return some, out[:, :-1] + out[:, -1:] - losses

    return in_threads(block, range(0, len(rows), _BLOCK))


def listed_exchanges(
    lists: Lists,
    held: NDArray[np.float32],
    picks: NDArray[np.int64],
    candidates: NDArray[np.int64],
) -> Exchanges:
    """Exchange each pick for each of some candidates, where pairs that are not listed are 0.

    Args:
        lists: For each candidate its targets and their affinities.
        held: (m,) float32, 0 or more, what each target has without picks.
        picks: (k,) int64 candidates.
        candidates: (c,) int64 that may come in, ascending.

    Returns:
        What `dense_exchanges` does, in time O(p + c k) for p listed pairs.
    """
    best = TwoBest.without_picks(held)
    start, rows, values = lists
    for place, row in enumerate(picks.tolist()):
        part = slice(start[row], start[row + 1])
        _meet_listed(rows[part], values[part], place, *best)
    losses = best.losses(len(picks))

    def block(low: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        some = candidates[low : low + _BLOCK]
        out = np.zeros((len(some), len(picks) + 1))
        _exchange_listed(start, rows, values, some, *best, out)
        return some, out[:, :-1] + out[:, -1:] - losses

    return in_threads(block, range(0, len(candidates), _BLOCK))
