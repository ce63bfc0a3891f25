"""Equal parts of near rows: a pool is halved across the line that tells its halves apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.assignment import over_chunks
from cribble.kernels.centering import centered
from cribble.kernels.threads import in_threads

# Rows that are cut further without being read again.
HELD_ROWS = 16_384
# A line is learned from so many rows of a part, spread evenly over it, in so many rounds at most.
LEARNED, ROUNDS = 1_024, 10

Take = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""From row numbers to the rows as they are measured."""


class Parts(NamedTuple):
    """Rows in parts; parts that were cut from one another are neighbors in the order.

    Args:
        order: (m,) int64 rows, part after part; in a part those nearest to its mean come first.
        start: (p + 1,) int64, where in ``order`` each part starts.
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]


def median_cut(
    x: NDArray[Any],
    rows: NDArray[np.int64],
    parts: int,
    center: NDArray[np.float64],
    *,
    spherical: bool = True,
) -> Parts:
    """Cut rows into parts of equal size, give or take one row.

    Rows are halved again and again: each half has as many rows as its share of the parts. The
    line across which they are halved is that between the means of its own halves, as 2-means with
    equal halves finds it. O(m d log parts) time; 30 bytes a row and some blocks of 16,384 rows.

    Args:
        x: (n, d) finite floats, often a memory map.
        rows: (m,) int64 rows to cut, ascending.
        parts: How many parts, in [1, m].
        center: (d,) float64 that rows are measured from.
        spherical: Whether rows are scaled to length 1 about the center.
    """

    def take(some: NDArray[np.int64]) -> NDArray[np.float32]:
        return centered(x[some], center, spherical)

    def leaves(group: tuple[NDArray[np.int64], int]) -> list[NDArray[np.int64]]:
        own, share = group
        return [own[places] for places in _leaves(take(own), np.arange(len(own)), share)]

    groups = list(_groups(take, rows, parts))
    found = [leaf for part in in_threads(leaves, groups) for leaf in part]
    sizes = [len(leaf) for leaf in found]
    return Parts(np.concatenate(found), np.concatenate([[0], np.cumsum(sizes)]))


def _groups(
    take: Take, rows: NDArray[np.int64], parts: int
) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Halve rows that are too many to be held at once."""
    if parts == 1 or len(rows) <= HELD_ROWS:
        yield rows, parts
        return
    line = _line(take(rows[_spread(len(rows))]))
    chunks = over_chunks(len(rows), lambda chunk: take(rows[chunk]) @ line)
    lower = _lowest(np.concatenate([found for _, found in chunks]), _share(len(rows), parts))
    yield from _groups(take, rows[lower], parts // 2)
    yield from _groups(take, rows[~lower], parts - parts // 2)


def _leaves(
    points: NDArray[np.float32], places: NDArray[np.int64], parts: int
) -> Iterator[NDArray[np.int64]]:
    """Halve places of rows that are held until each part stands alone, nearest rows first."""
    own = points[places]
    if parts == 1:
        mean = own.mean(axis=0, dtype=np.float64)
        yield places[np.argsort(((own - mean) ** 2).sum(axis=1), kind="stable")]
        return
    lower = _lowest(own @ _line(own[_spread(len(own))]), _share(len(own), parts))
    yield from _leaves(points, places[lower], parts // 2)
    yield from _leaves(points, places[~lower], parts - parts // 2)


def _share(rows: int, parts: int) -> int:
    """Rows of the lower half, which is to give half of the parts or one less."""
    return rows * (parts // 2) // parts


def _spread(rows: int) -> NDArray[np.int64]:
    """Places of the rows that a line is learned from."""
    return np.linspace(0, rows - 1, min(rows, LEARNED)).astype(np.int64)


def _line(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The line between the means of its own halves, from the row farthest from the mean on."""
    offsets = points - points.mean(axis=0, dtype=np.float64).astype(np.float32)
    line: NDArray[np.float32] = offsets[np.einsum("ij,ij->i", offsets, offsets).argmax()]
    upper = np.empty(0, dtype=np.bool_)
    for _ in range(ROUNDS):
        found = ~_lowest(offsets @ line, len(offsets) // 2)
        if np.array_equal(found, upper):
            break
        upper = found
        # Offsets sum to 0, so that this is the difference of the means but for its length.
        line = offsets[upper].sum(axis=0)
    return line


def _lowest(values: NDArray[np.float32], count: int) -> NDArray[np.bool_]:
    """Mark the lowest values; of equal ones the first."""
    bar = np.partition(values, count)[count] if count < len(values) else np.inf
    lower: NDArray[np.bool_] = values < bar
    equal = np.flatnonzero(values == bar)
    lower[equal[: count - np.count_nonzero(lower)]] = True
    return lower
