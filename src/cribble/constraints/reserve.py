"""What a cost budget has spent, and what it holds back for the minima of the groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core.limits import Limits


class Reserve:
    """The cheapest rows that the group minima still need, kept affordable.

    The rows of each group with a minimum are ranked by cost. A group's reserve is the unpicked
    rows from the group's start up to its *tail*; the tail only moves down, so that a whole run
    moves it O(n) steps.

    Args:
        costs: (n,) float64 cost of each row.
        codes: (n,) int64 group of each row.
        needs: (C,) int64, how many rows each group's minimum asks for.
        ranked: (m,) int64 rows of the groups with a minimum, by group, then cost, then row.

    Attributes:
        spent: The summed cost of the picks.
        held: The summed cost of the reserve.
        relief: (C,) float64, cost of the dearest reserved row, 0 where a group needs none: a row
            of the group may cost that much more, since it takes that row's place.
    """

    def __init__(
        self,
        costs: NDArray[np.float64],
        codes: NDArray[np.int64],
        needs: NDArray[np.int64],
        ranked: NDArray[np.int64],
    ) -> None:
        self.costs = costs
        self.codes = codes
        self.needs = needs.copy()
        self.ranked = ranked
        self.place = np.full(len(costs), -1, dtype=np.int64)
        self.place[ranked] = np.arange(len(ranked))
        self.start = np.searchsorted(codes[ranked], np.arange(len(needs)))
        self.tail = self.start + self.needs - 1
        self.picked = np.zeros(len(costs), dtype=np.bool_)
        self.relief = np.zeros(len(needs))
        limited = np.nonzero(self.needs)[0]
        self.relief[limited] = costs[ranked[self.tail[limited]]]
        reserved = np.arange(len(ranked)) <= self.tail[codes[ranked]]
        self.held = float(costs[ranked[reserved]].sum())
        self.spent = 0.0

    @classmethod
    def of(cls, limits: Limits) -> Reserve:
        """Open the reserve of a cost budget, before any row is picked."""
        assert limits.costs is not None
        codes = limits.groups.codes
        rows = np.nonzero((limits.lower > 0)[codes] & ~limits.excluded)[0]
        ranked = rows[np.lexsort((limits.costs[rows], codes[rows]))]
        return cls(limits.costs, codes, limits.lower, ranked)

    @property
    def committed(self) -> float:
        """What is spent and what is held back."""
        return self.spent + self.held

    def pay(self, row: int) -> None:
        """Pay for one row, whatever it costs."""
        everything = np.full(len(self.needs), np.iinfo(np.int64).max)
        self.pay_in_order(np.array([row]), everything, np.inf)

    def pay_in_order(
        self, order: NDArray[np.int64], room: NDArray[np.int64], budget: float
    ) -> NDArray[np.bool_]:
        """Pay for the rows of ``order`` that are affordable when their turn comes.

        Args:
            order: (m,) int64 unpicked rows, no repeats.
            room: (C,) int64, how many more rows each group may have.
            budget: What may be committed.

        Returns:
            (m,) bool, the rows that were paid for.
        """
        # Compiled code costs a heavy import, which row budgets are spared.
        from cribble.kernels.knapsack import pay_in_order

        totals = np.array([self.spent, self.held])
        taken: NDArray[np.bool_] = pay_in_order(
            order,
            self.codes,
            self.costs,
            room.copy(),
            budget,
            totals,
            self.needs,
            self.relief,
            self.ranked,
            self.place,
            self.start,
            self.tail,
            self.picked,
        )
        self.spent, self.held = float(totals[0]), float(totals[1])
        return taken
