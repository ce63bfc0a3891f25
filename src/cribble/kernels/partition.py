"""Cells of a bounded number of near rows, for pools of any size.

A cell is cut by k-means into at most 128 parts, and a part that is still too large is cut again.
So a row is compared with 128 centers a round, and there are about log n rounds, where one round of
k-means over as many cells would compare it with all their centers. No cell exceeds the bound, not
even where k-means gives one center nearly everything, as it does among copies, and among rows of
many dimensions without structure: such a cell is cut across a line into equal parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core.randomness import stream
from cribble.kernels.assignment import Assigner, float_rows, over_chunks
from cribble.kernels.kmeans import lloyd
from cribble.kernels.threads import in_threads, limited_threads

MOST_ROWS = 1024
# Rows that are cut further without being read again.
_HELD_ROWS = 16_384
# Of the bound, what the cells of a cut have on average.
_FILLED = 5 / 8
_PARTS, _LEARNED, _ROUNDS = 128, 64, 4
# A cut that leaves more of its rows than this in one part leads nowhere.
_LOPSIDED = 0.75

Take = Callable[[Any], NDArray[np.float32]]
"""From positions of some rows, or a slice of them, to the rows."""


class Partition(NamedTuple):
    """Rows grouped into cells; cells that were cut from one another are neighbors in the order.

    Args:
        order: (n,) int32 rows, cell after cell, ascending within a cell.
        start: (c + 1,) int64, where in ``order`` each cell starts.
        centers: (c, d) float32 means of the cells.
    """

    order: NDArray[np.int32]
    start: NDArray[np.int64]
    centers: NDArray[np.float32]

    def cuts(self, rows: int) -> NDArray[np.int64]:
        """Cut ``order`` between cells into parts of about ``rows`` rows, (b + 1,) ascending."""
        wanted = np.arange(0, len(self.order), rows)
        edges = self.start[np.searchsorted(self.start, wanted)]
        return np.unique(np.append(edges, len(self.order)))


def partition(
    x: NDArray[Any], seed: int, *, spherical: bool = False, most: int = MOST_ROWS
) -> Partition:
    """Group rows into cells of at most ``most`` rows.

    O(n d log n) time. Memory: 20 bytes a row, the centers, and a few blocks of 16,384 rows a
    thread. The result depends on the rows, the seed and ``most`` alone.

    Args:
        x: (n, d) finite floats, often a memory map.
        seed: Draws the rows that k-means starts from and learns from.
        spherical: Whether rows are scaled to length 1 first.
        most: Rows of a cell, at least 2; 16,384 where it is more.
    """
    most = min(most, _HELD_ROWS)

    def cells(rows: NDArray[np.int32]) -> list[tuple[NDArray[np.int32], NDArray[np.float32]]]:
        return list(_cells(float_rows(x[rows], spherical), rows, most, seed))

    groups = list(_groups(x, np.arange(len(x), dtype=np.int32), most, seed, spherical))
    found = [cell for part in in_threads(cells, groups) for cell in part]
    sizes = [len(rows) for rows, _ in found]
    return Partition(
        np.concatenate([np.empty(0, dtype=np.int32), *(rows for rows, _ in found)]),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([center for _, center in found], dtype=np.float32).reshape(-1, x.shape[1]),
    )


def _groups(
    x: NDArray[Any], rows: NDArray[np.int32], most: int, seed: int, spherical: bool
) -> Iterator[NDArray[np.int32]]:
    """Cut rows that are too many to be held at once."""
    if len(rows) <= _HELD_ROWS:
        if len(rows):
            yield rows
        return

    def take(some: Any) -> NDArray[np.float32]:
        return float_rows(x[rows[some]], spherical)

    for part in _cut(take, rows, most, seed):
        yield from _groups(x, rows[part], most, seed, spherical)


def _cells(
    X: NDArray[np.float32], rows: NDArray[np.int32], most: int, seed: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
    """Cut rows that are held, X, into cells and their centers."""
    if len(rows) <= most:
        yield rows, X.mean(axis=0, dtype=np.float64).astype(np.float32)
        return
    for part in _cut(X.__getitem__, rows, most, seed):
        yield from _cells(X[part], rows[part], most, seed)


def _cut(take: Take, rows: NDArray[np.int32], most: int, seed: int) -> list[NDArray[np.int64]]:
    """Cut rows into parts by k-means, or into equal ones where that fails; positions."""
    size = len(rows)
    parts = min(_PARTS, int(np.ceil(size / (_FILLED * most))))
    rng = stream(seed, f"cells of {size} rows from row {rows[0]} on")
    learned = np.sort(rng.choice(size, min(size, _LEARNED * parts), replace=False))
    sample = take(learned)
    starts = np.sort(rng.choice(len(sample), parts, replace=False))
    with limited_threads(1):
        centers = lloyd(sample, sample[starts], iterations=_ROUNDS).centers
    assigner = Assigner(centers)
    label = np.empty(size, dtype=np.int16)
    for chunk, found in over_chunks(size, lambda chunk: assigner(take(chunk)).label):
        label[chunk] = found
    counts = np.bincount(label, minlength=parts)
    if counts.max() > _LOPSIDED * size:
        first, second = np.argsort(-counts, kind="stable")[:2]
        line = centers[first] - centers[second]
        along = [found for _, found in over_chunks(size, lambda chunk: take(chunk) @ line)]
        order = np.argsort(np.concatenate(along), kind="stable")
        return [np.sort(part) for part in np.array_split(order, parts)]
    order = np.argsort(label, kind="stable")
    return [part for part in np.split(order, np.cumsum(counts)[:-1]) if len(part)]
