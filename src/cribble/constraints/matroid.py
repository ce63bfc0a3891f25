"""Matroids: limits given by which rows may still join a set, and selection within one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.admission import Admission
from cribble.core.errors import BudgetError, ParameterError, QuotaError
from cribble.core.limits import Limits


class Matroid(Protocol):
    """An independence oracle with the set picked so far as its state.

    Every part of an independent set is independent, and of two independent sets the larger has a
    row that can join the smaller. So a row that is refused once is refused for good, and every
    independent set that no row can join has the same size.
    """

    @property
    def size(self) -> int:
        """Number of rows, n."""
        ...

    def open_rows(self) -> NDArray[np.bool_]:
        """Mark every row that can join the set, (n,) bool; rows of the set are not marked."""
        ...

    def add(self, row: int) -> None:
        """Add a row that can join."""
        ...

    def reset(self) -> None:
        """Go back to the empty set."""
        ...


class MatroidAdmission(Admission):
    """Limits and a matroid at once: a row budget, kept and dropped rows, and independence.

    The independent sets of at most so many rows form a matroid, too: a greedy walk through
    ``admits`` ends with exactly as many rows as the budget has, and greedy has at least 1/2 of
    the optimum of a monotone submodular objective.

    Args:
        limits: A row budget, kept and dropped rows.
        matroid: The matroid; it is reset, and moves along.

    Raises:
        BudgetError: The limits hold a cost budget, or no independent set of undropped rows is as
            large as the row budget.
        QuotaError: The limits hold group limits, or the kept rows are not independent.

    Source:
        Fisher, Nemhauser and Wolsey (1978), doi:10.1007/BFb0121195.
    """

    by_ceiling = False

    def __init__(self, limits: Limits, matroid: Matroid) -> None:
        if limits.rows is None:
            raise BudgetError(
                f"{limits.cost:,.6g} cost", "a matroid is given", "ask for a number of rows"
            )
        if limits.column:
            raise QuotaError(
                f"group limits on {limits.column!r} and a matroid",
                "two limits of this kind cannot be guaranteed together",
                "express the groups in the matroid",
            )
        if matroid.size != limits.size:
            raise ParameterError("matroid", f"over {matroid.size:,} rows", f"over {limits.size:,}")
        self.matroid = matroid
        reached = self._largest(limits)
        if reached < limits.rows:
            raise BudgetError(
                f"{limits.rows:,} rows",
                f"the matroid allows {reached:,} of those that can be picked",
                "lower it or loosen the matroid",
            )
        matroid.reset()
        super().__init__(limits)

    def _largest(self, limits: Limits) -> int:
        """Count the rows of a largest independent set that holds the kept rows."""
        self.matroid.reset()
        for row in limits.keep.tolist():
            if not self.matroid.open_rows()[row]:
                raise QuotaError(
                    f"row {row} kept", "it depends on kept rows before it", "keep fewer rows"
                )
            self.matroid.add(row)
        count = len(limits.keep)
        while len(free := np.nonzero(self.matroid.open_rows() & ~limits.excluded)[0]):
            self.matroid.add(int(free[0]))
            count += 1
            if count >= int(limits.rows or 0):
                break
        return count

    @property
    def unrestricted(self) -> bool:
        """Never: a row may be refused that the optimum holds."""
        return False

    def admits(self, row: int) -> bool:
        """Tell whether ``row`` may be added now."""
        return super().admits(row) and bool(self._independent[row])

    def admitted(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark those of some rows that may be added now."""
        return super().admitted(rows) & self._independent[rows]

    def open_rows(self) -> NDArray[np.bool_]:
        """Mark every row that may be added now."""
        return super().open_rows() & self._independent

    def _refresh(self) -> None:
        super()._refresh()
        self._independent = self.matroid.open_rows()

    def add(self, row: int) -> None:
        """Add a row that `admits` has let in."""
        self.matroid.add(row)
        super().add(row)

    def add_in_order(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the rows of ``order`` that may be added, first come first served."""
        for row in order.tolist():
            if self.admits(row):
                self.add(row)
        return np.asarray(self.picks, dtype=np.int64)


class Laminar:
    """At most so many rows of each of several sets, of which any two are disjoint or nested.

    A partition of the rows is the case in which all are disjoint.

    Args:
        sets: (F, n) bool, the rows of each set.
        most: One number a set, 0 or more.

    Raises:
        ParameterError: Two sets overlap without one holding the other, or a number is negative.
    """

    def __init__(self, sets: NDArray[np.bool_], most: Sequence[int]) -> None:
        self._sets = np.asarray(sets, dtype=bool)
        self._most = np.asarray(most, dtype=np.int64)
        if len(self._most) != len(self._sets) or (self._most < 0).any():
            raise ParameterError("most", list(most), "one number a set, 0 or more")
        shared = self._sets.astype(np.int64) @ self._sets.T.astype(np.int64)
        smaller = np.minimum.outer(np.diag(shared), np.diag(shared))
        if ((shared > 0) & (shared < smaller)).any():
            raise ParameterError("sets", "crossing sets", "disjoint or nested, any two of them")
        self.size = self._sets.shape[1]
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._counts = np.zeros(len(self._sets), dtype=np.int64)
        self._picked = np.zeros(self.size, dtype=bool)

    def open_rows(self) -> NDArray[np.bool_]:
        """Mark the rows that are in no full set."""
        full = self._counts >= self._most
        return ~(self._picked | self._sets[full].any(axis=0))

    def add(self, row: int) -> None:
        """Add a row and count it in its sets."""
        self._picked[row] = True
        self._counts += self._sets[:, row]


class Graphic:
    """Rows are edges of a graph, and no picked edges may close a cycle.

    Args:
        edges: (n, 2) int64 ends of each row's edge; nodes are numbered from 0.
    """

    def __init__(self, edges: NDArray[np.int64]) -> None:
        self._edges = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
        self.size = len(self._edges)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set: every node is a tree of its own."""
        self._tree = np.arange(int(self._edges.max(initial=-1)) + 1)

    def open_rows(self) -> NDArray[np.bool_]:
        """Mark the edges that join two trees."""
        joins: NDArray[np.bool_] = self._tree[self._edges[:, 0]] != self._tree[self._edges[:, 1]]
        return joins

    def add(self, row: int) -> None:
        """Join the two trees of an edge."""
        kept, gone = self._tree[self._edges[row]]
        self._tree[self._tree == gone] = kept


class Transversal:
    """Every picked row fills a slot of its own, among the slots that suit it.

    Slots are such things as reviewers, topics or lessons to be filled, one row each.

    Args:
        suits: (n, m) bool, which slots each row can fill.
    """

    def __init__(self, suits: NDArray[np.bool_]) -> None:
        self._suits = np.asarray(suits, dtype=bool)
        self.size = len(self._suits)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set: every slot is free."""
        self._holder = np.full(self._suits.shape[1], -1, dtype=np.int64)
        self._search()

    def _search(self) -> None:
        """Find the slots that can be had, and where the row in each would move to."""
        self._next = np.full(len(self._holder), -1, dtype=np.int64)
        reached = self._holder < 0
        wave = np.nonzero(reached)[0]
        while len(wave):
            # Rows in slots not reached yet that could move to a slot of the wave.
            slots = np.nonzero(~reached)[0]
            moves = self._suits[np.ix_(self._holder[slots], wave)]
            can = moves.any(axis=1)
            self._next[slots[can]] = wave[moves[can].argmax(axis=1)]
            wave = slots[can]
            reached[wave] = True
        self._reached = reached

    def open_rows(self) -> NDArray[np.bool_]:
        """Mark the rows for which a slot is free or can be freed by moving others."""
        marks: NDArray[np.bool_] = np.asarray(self._suits[:, self._reached].any(axis=1))
        marks[self._holder[self._holder >= 0]] = False
        return marks

    def add(self, row: int) -> None:
        """Add a row, and move others to make a slot free."""
        slot = int(np.nonzero(self._suits[row] & self._reached)[0][0])
        while slot >= 0:
            held = int(self._holder[slot])
            self._holder[slot] = row
            row, slot = held, int(self._next[slot])
        self._search()
