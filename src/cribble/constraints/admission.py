"""Which rows may still be added, for every kind of budget at once.

The whole state is one number a group: its *ceiling*. A row may be added if and only if it is
neither picked nor excluded and its cost does not exceed the ceiling of its group. Under a row
budget all costs are 0 and a ceiling is plus or minus infinity. Ceilings never rise, so a row
that is refused once is refused for good: a lazy heap may throw it away.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.reserve import Reserve
from cribble.core.limits import Limits

# A budget that sums of floats miss by the last bits is still met.
_TOLERANCE = 1e-12


class Admission:
    """The set picked so far, and what may still join it so that all limits can be met.

    Group minima, group maxima and a total count together form a matroid (every set that can be
    extended to a full one), so a greedy walk through ``admits`` ends feasible whatever its order.
    Under a cost budget the cheapest rows that the minima still need are held in reserve.

    Args:
        limits: The limits, proved feasible. The kept rows are added first, in row order.

    Attributes:
        blocked: (n,) bool, rows that are picked or excluded.
        codes: (n,) int64, the group of each row.
        costs: (n,) float64, the cost of each row; all 0 under a row budget.
        ceiling: (C,) float64, the largest cost that a row of each group may have.
        picks: The rows added so far, in order.
        by_ceiling: Whether nothing else tells which rows may be added.
    """

    by_ceiling: ClassVar[bool] = True

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.blocked = limits.excluded.copy()
        self.codes = limits.groups.codes
        self.costs = limits.costs if limits.costs is not None else np.zeros(limits.size)
        self.ceiling = np.full(len(limits.lower), np.inf)
        self.picks: list[int] = []
        self._counts = np.zeros(len(limits.lower), dtype=np.int64)
        self._reserve = Reserve.of(limits) if limits.costs is not None else None
        self._refresh()
        for row in limits.keep:
            self.add(int(row))

    @property
    def spent(self) -> float:
        """The summed cost of the picks; 0 under a row budget."""
        return 0.0 if self._reserve is None else self._reserve.spent

    @property
    def _needs(self) -> NDArray[np.int64]:
        needs: NDArray[np.int64] = np.maximum(self.limits.lower - self._counts, 0)
        return needs

    @property
    def _free(self) -> int:
        """How many rows a row budget leaves beside those that the minima still need."""
        return int(self.limits.rows or 0) - len(self.picks) - int(self._needs.sum())

    def _refresh(self) -> None:
        if self.unrestricted and not self.full:
            return
        if self._reserve is None:
            ceiling = np.where((self._needs > 0) | (self._free > 0), np.inf, -np.inf)
        else:
            cost = float(self.limits.cost or 0.0)
            slack = cost * (1 + _TOLERANCE) - self._reserve.committed
            # The reserved rows themselves are affordable whatever rounding says of the slack.
            ceiling = max(slack, 0.0) + self._reserve.relief
        ceiling[self._counts >= self.limits.upper] = -np.inf
        np.minimum(self.ceiling, ceiling, out=self.ceiling)

    @property
    def done(self) -> bool:
        """Whether nothing more can be added."""
        if self.limits.rows is not None:
            return len(self.picks) >= self.limits.rows
        return not self.open_rows().any()

    @property
    def full(self) -> bool:
        """Whether a row budget is used up; False under a cost budget."""
        return self.limits.rows is not None and len(self.picks) >= self.limits.rows

    @property
    def unrestricted(self) -> bool:
        """Whether any rows that are not dropped may fill the budget together."""
        return self.limits.rows is not None and not self.limits.column

    def admits(self, row: int) -> bool:
        """Tell whether ``row`` may be added now."""
        return bool(not self.blocked[row] and self.costs[row] <= self.ceiling[self.codes[row]])

    def admitted(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark those of some rows that may be added now, (m,) bool."""
        marks: NDArray[np.bool_] = self.costs[rows] <= self.ceiling[self.codes[rows]]
        return marks & ~self.blocked[rows]

    def open_rows(self) -> NDArray[np.bool_]:
        """Mark every row that may be added now, (n,) bool."""
        return ~self.blocked & (self.costs <= self.ceiling[self.codes])

    def refuse_surplus(self) -> None:
        """Refuse from now on the rows of every group that has reached its minimum."""
        self.ceiling[self._needs == 0] = -np.inf

    def add(self, row: int) -> None:
        """Add a row that `admits` has let in (kept rows are added at the start)."""
        self.blocked[row] = True
        self.picks.append(row)
        self._counts[self.codes[row]] += 1
        if self._reserve is not None:
            self._reserve.pay(row)
        self._refresh()

    def add_in_order(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the rows of ``order`` that may be added, first come first served.

        Args:
            order: (m,) int64 rows, best first, no repeats.

        Returns:
            (p,) int64, all picks so far in the order they were added.
        """
        order = order[self.admitted(order)]
        if self._reserve is None:
            taken = order[self._first_come(order)]
        else:
            slack = float(self.limits.cost or 0.0) * (1 + _TOLERANCE)
            room = self.limits.upper - self._counts
            taken = order[self._reserve.pay_in_order(order, room, slack)]
        self.blocked[taken] = True
        self.picks.extend(taken.tolist())
        self._counts += np.bincount(self.codes[taken], minlength=len(self._counts))
        self._refresh()
        return np.asarray(self.picks, dtype=np.int64)

    def _first_come(self, order: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark the rows that a walk along ``order`` would add under a row budget.

        The first rows of each group fill its minimum and always enter; the next ones, up to its
        maximum, compete for the free places.
        """
        if self.unrestricted:
            first: NDArray[np.bool_] = np.arange(len(order)) < self._free
            return first
        codes = self.codes[order]
        place = self.limits.groups.places(order)
        needed = place < self._needs[codes]
        rivals = ~needed & (place < (self.limits.upper - self._counts)[codes])
        taken: NDArray[np.bool_] = needed | (rivals & (np.cumsum(rivals) <= self._free))
        return taken
