"""Which rows keep a distance to those picked: by measuring each, or by lists of near rows."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.distances import squared_distances
from cribble.kernels.greedy import doubt
from cribble.kernels.listed_separation import (
    OPEN,
    bar_near,
    nearest_listed,
    reaches,
    walk_listed,
)
from cribble.kernels.near_graph import near_graph
from cribble.kernels.neighbors import NearRows
from cribble.kernels.separation import separated_rows, walk_separated
from cribble.kernels.widening import bits_of, wide_rows

_ROOM = 256


class Near(NamedTuple):
    """Near rows of each row, and how far the others are at least.

    Args:
        start: (n + 1,) int64; the list of row i is ``start[i]:start[i + 1]``.
        rows: (p,) int32; j lists i where i lists j.
        gaps: (p,) float32 squared distances.
        reach: (n,) float64; what a row does not list has at least this squared distance.
    """

    start: NDArray[np.int64]
    rows: NDArray[np.int32]
    gaps: NDArray[np.float32]
    reach: NDArray[np.float64]

    @classmethod
    def of_graph(
        cls,
        X: NDArray[Any],
        near: NearRows,
        center: NDArray[np.float64],
        memory: float = np.inf,
    ) -> Near:
        """Make lists of nearest rows.

        Args:
            X: (n, d) float16, float32 or float64 rows.
            near: The nearest rows of each row. Where the search may have missed one, two picks
                may be nearer than the distance to be kept.
            center: (d,) what was subtracted from the rows before they were multiplied.
            memory: Bytes that the lists may take; beyond, they are mapped (`kernels.scratch`).
        """
        lengths = np.sqrt(squared_distances(X, center))
        reach = reaches(near.order, near.rows, near.gaps, lengths, doubt(X.shape[1], 1.0))
        return cls(*near_graph(near, memory), reach)

    def owners(self, picks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the place of the nearest pick that each row lists, (n,) int64; -1 for none."""
        place = np.full(len(self.reach), -1, dtype=np.int64)
        place[picks] = np.arange(len(picks))
        found: NDArray[np.int64] = nearest_listed(self.start, self.rows, self.gaps, place)
        return found


class Path(NamedTuple):
    """Rows to visit, and when to stop.

    Args:
        order: (n,) int64 rows.
        position: Where to begin.
        most: The largest number of members.
        worth: ``ahead``, ``utility``, ``balance``, ``diameter`` and ``best`` of the kernel.
        gates: ``blocked``, ``codes``, ``costs`` and ``ceiling`` of the limits.
        room: Rows that may join.
    """

    order: NDArray[np.int64]
    position: int
    most: int
    worth: tuple[Any, ...]
    gates: tuple[Any, ...]
    room: int


class Spacing(Protocol):
    """The members of a set whose rows keep a distance.

    Attributes:
        closest: Least squared distance of a member that was not kept to those before it, or less.
    """

    closest: float

    def admitted(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark those of some rows that keep the distance to all members, (m,) bool."""
        ...

    def add(self, row: int, *, kept: bool) -> None:
        """Make a row a member, a kept one wherever it lies."""
        ...

    def walk(self, path: Path) -> tuple[int, NDArray[np.int64]]:
        """Walk on along a path; the rows that keep the distance become members.

        Returns:
            Where to go on, n at the end and n + 1 where the walk gave up; the rows that joined.
        """
        ...


def spacing(X: NDArray[Any], gap: float, near: Near | None) -> Spacing:
    """Begin a set without members.

    Args:
        X: (n, d) float16, float32 or float64 rows; float16 only without lists.
        gap: Squared distance to be kept.
        near: Lists to go by; None measures.
    """
    return _Measured(X, gap) if near is None else _Listed(X, gap, near)


class _Measured:
    """Every row that is asked about is measured against all members."""

    def __init__(self, X: NDArray[Any], gap: float) -> None:
        self._X, self._gap = X, gap
        self._members = wide_rows(np.empty((_ROOM, X.shape[1]), dtype=X.dtype))
        self._front = np.arange(_ROOM)
        self._count = 0
        # How many members each row is known to be far from; -1 where it is too near to one.
        self._met: NDArray[np.int64] | None = None
        self.closest = np.inf

    def admitted(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self._met is None:
            self._met = np.zeros(len(self._X), dtype=np.int64)
        asked = (self._members, self._count, self._gap, self._met)
        marks: NDArray[np.bool_] = separated_rows(bits_of(self._X), rows, *asked)
        return marks

    def add(self, row: int, *, kept: bool) -> None:
        if not kept:
            gaps = squared_distances(self._members[: self._count], self._X[row].astype(np.float64))
            self.closest = min(self.closest, float(gaps.min(initial=np.inf)))
        self._grow()
        self._members[self._count] = self._X[row]
        self._count += 1

    def _grow(self) -> None:
        if self._count == len(self._members):
            self._members = np.concatenate([self._members, np.empty_like(self._members)])
            self._front = np.concatenate([self._front, np.arange(self._count, len(self._members))])

    def walk(self, path: Path) -> tuple[int, NDArray[np.int64]]:
        self._grow()
        order, position, most, worth, gates, room = path
        room = min(room, len(self._members) - self._count)
        joined = np.empty(room, dtype=np.int64)
        place = (bits_of(self._X), order, position, self._members, self._front, self._count, most)
        position, added, self.closest = walk_separated(
            *place, self._gap, self.closest, *worth, room, *gates, joined
        )
        self._count += added
        return position, joined[:added]


class _Listed:
    """Members bar the rows they list; rows of too short a reach are measured among themselves."""

    def __init__(self, X: NDArray[Any], gap: float, near: Near) -> None:
        self._X, self._gap, self._near = X, gap, near
        self._state = np.zeros(len(X), dtype=np.uint8)
        self._doubtful = np.empty(len(X), dtype=np.int64)
        self._doubts = self._count = 0
        self.closest = np.inf
        self._measured = _Measured(X, gap)

    def admitted(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        marks: NDArray[np.bool_] = self._state[rows] == OPEN
        short = marks & (self._near.reach[rows] < self._gap)
        marks[short] = self._measured.admitted(rows[short])
        return marks

    def add(self, row: int, *, kept: bool) -> None:
        start, rows, gaps, reach = self._near
        closest = self.closest
        if reach[row] < self._gap:
            self._measured.add(row, kept=kept)
            closest = min(closest, self._measured.closest)
            self._doubtful[self._doubts] = row
            self._doubts += 1
        else:
            self.closest = closest = min(closest, float(reach[row]))
        lists = (start, rows, gaps, self._state)
        closest = bar_near(self._X, row, self._gap, *lists, closest)
        if not kept:
            self.closest = closest
        self._count += 1

    def walk(self, path: Path) -> tuple[int, NDArray[np.int64]]:
        order, position, most, worth, gates, room = path
        joined = np.empty(room, dtype=np.int64)
        lists = (*self._near, self._state, self._doubtful, self._doubts)
        place = (self._X, order, position, *lists, self._count, most)
        position, added, self.closest, self._doubts = walk_listed(
            *place, self._gap, self.closest, *worth, *gates, joined
        )
        self._count += added
        return position, joined[:added]
