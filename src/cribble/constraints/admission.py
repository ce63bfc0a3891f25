"""Which rows may still be added, for every kind of budget at once.

The whole state is one number a group: its *ceiling*. A row may be added if and only if it is
neither picked nor excluded and its cost does not exceed the ceiling of its group. Under a row
budget all costs are 0 and a ceiling is plus or minus infinity. Ceilings never rise, so a row
that is refused once is refused for good: a lazy heap may throw it away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core.limits import Limits


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
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.blocked = limits.excluded.copy()
        self.codes = limits.groups.codes
        self.costs = limits.costs if limits.costs is not None else np.zeros(limits.size)
        self.ceiling = np.full(len(limits.lower), np.inf)
        self.picks: list[int] = []
        self.spent = 0.0
        self._counts = np.zeros(len(limits.lower), dtype=np.int64)
        self._needs = limits.lower.copy()
        self._reserve = np.zeros(len(limits.lower))
        self._relief = np.zeros(len(limits.lower))
        self._sorted: dict[int, NDArray[np.int64]] = {}
        if limits.costs is not None:
            for code in np.nonzero(limits.lower)[0]:
                rows = np.nonzero((self.codes == code) & ~limits.excluded)[0]
                order = np.argsort(limits.costs[rows], kind="stable")
                self._sorted[int(code)] = rows[order]
                self._restock(int(code))
        self._refresh()
        for row in limits.keep:
            self.add(int(row))

    def _restock(self, code: int) -> None:
        need = int(self._needs[code])
        rows = self._sorted[code]
        rows = rows[~self.blocked[rows]][:need]
        self._reserve[code] = self.costs[rows].sum()
        self._relief[code] = self.costs[rows[-1]] if need > 0 else 0.0

    def _refresh(self) -> None:
        limits = self.limits
        if limits.rows is not None:
            free = limits.rows - len(self.picks) - int(self._needs.sum())
            ceiling = np.where((self._needs > 0) | (free > 0), np.inf, -np.inf)
        else:
            assert limits.cost is not None
            slack = limits.cost - self.spent - float(self._reserve.sum())
            # A budget that sums of floats miss by the last bits is still met.
            ceiling = slack + self._relief + 1e-12 * limits.cost
        ceiling[self._counts >= limits.upper] = -np.inf
        self.ceiling[:] = ceiling

    @property
    def done(self) -> bool:
        """Whether nothing more can be added."""
        if self.limits.rows is not None:
            return len(self.picks) >= self.limits.rows
        return not self.open_rows().any()

    def admits(self, row: int) -> bool:
        """Tell whether ``row`` may be added now."""
        return bool(not self.blocked[row] and self.costs[row] <= self.ceiling[self.codes[row]])

    def open_rows(self) -> NDArray[np.bool_]:
        """Mark every row that may be added now, (n,) bool."""
        return ~self.blocked & (self.costs <= self.ceiling[self.codes])

    def add(self, row: int) -> None:
        """Add a row that `admits` has let in (kept rows are added at the start)."""
        code = int(self.codes[row])
        self.blocked[row] = True
        self.picks.append(row)
        self.spent += float(self.costs[row])
        self._counts[code] += 1
        if self._needs[code] > 0:
            self._needs[code] -= 1
            if self.limits.costs is not None:
                self._restock(code)
        self._refresh()

    def add_in_order(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the rows of ``order`` that may be added, first come first served.

        Args:
            order: (m,) int64 rows, best first, no repeats.

        Returns:
            (p,) int64, all picks so far in the order they were added.
        """
        if self.limits.plain:
            room = int(self.limits.rows or 0) - len(self.picks)
            taken = order[~self.blocked[order]][:room]
            self.blocked[taken] = True
            self._counts[0] += len(taken)
            self.picks.extend(taken.tolist())
            self._refresh()
        else:
            for row in order[self.open_rows()[order]].tolist():
                if self.admits(row):
                    self.add(row)
        return np.asarray(self.picks, dtype=np.int64)
