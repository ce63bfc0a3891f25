"""A budget turned into arrays over one pool, proved feasible before any work starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import BudgetError, QuotaError, SignalError
from cribble.core.protocols import Groups


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Limits:
    """What a selection of one pool must hold.

    Args:
        size: Number of rows in the pool, n.
        rows: Number of rows to pick; None under a cost budget.
        cost: Cost that the picks may not exceed; None under a row budget.
        costs: (n,) float64 cost of each row; None under a row budget.
        keep: (m,) int64 rows that must be picked, ascending.
        excluded: (n,) bool, rows that must not be picked.
        column: Name of the grouping, empty where there is none.
        groups: The grouping; one group "all" where there is none.
        lower: (C,) int64 least number of picks per group.
        upper: (C,) int64 largest number of picks per group.

    Raises:
        BudgetError: More rows are asked than may be picked, or the kept rows exceed the budget.
        QuotaError: The group limits contradict one another, the budget or the pool.
        SignalError: A cost is negative.
    """

    size: int
    rows: int | None
    cost: float | None
    costs: NDArray[np.float64] | None
    keep: NDArray[np.int64]
    excluded: NDArray[np.bool_]
    column: str
    groups: Groups
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]

    def __post_init__(self) -> None:
        available = np.bincount(self.groups.codes[~self.excluded], minlength=len(self.lower))
        kept = np.bincount(self.groups.codes[self.keep], minlength=len(self.lower))
        for code, name in enumerate(self.groups.names):
            group = f"{self.column}:{name}"
            least, most = int(self.lower[code]), int(self.upper[code])
            if least > most:
                raise QuotaError(
                    f"at least {least:,} and at most {most:,} of {group}",
                    "the first exceeds the second",
                    "lower the first or raise the second",
                )
            if least > available[code]:
                raise QuotaError(
                    f"at least {least:,} of {group}",
                    f"only {available[code]:,} of its rows can be picked",
                    "lower it or drop fewer rows",
                )
            if kept[code] > most:
                raise QuotaError(
                    f"at most {most:,} of {group}",
                    f"{kept[code]:,} of its rows are kept",
                    "raise it or keep fewer rows",
                )
        if self.rows is not None:
            self._check_rows(available, kept)
        else:
            self._check_cost()

    def _check_rows(self, available: NDArray[np.int64], kept: NDArray[np.int64]) -> None:
        rows = int(self.rows or 0)
        asked = f"{rows:,} rows"
        dropped = int(self.excluded.sum())
        if rows > self.size - dropped:
            raise BudgetError(
                asked,
                f"{self.size - dropped:,} can be picked ({self.size:,} in the pool, "
                f"{dropped:,} dropped)",
                "lower it or drop fewer",
            )
        if len(self.keep) > rows:
            raise BudgetError(
                asked, f"{len(self.keep):,} rows are kept", "raise it or keep fewer rows"
            )
        forced = int(np.maximum(self.lower, kept).sum())
        if forced > rows:
            raise QuotaError(
                f"at least {forced:,} rows over all groups of {self.column!r}",
                f"the budget is {asked}",
                "lower the limits or raise the budget",
            )
        reachable = int(np.minimum(self.upper, available).sum())
        if reachable < rows:
            raise QuotaError(
                f"at most {reachable:,} rows over all groups of {self.column!r}",
                f"the budget is {asked}",
                "raise the limits or lower the budget",
            )

    def _check_cost(self) -> None:
        assert self.cost is not None
        assert self.costs is not None
        if len(negative := np.nonzero(self.costs < 0)[0]):
            raise SignalError(
                "cost", f"row {negative[0]} costs {self.costs[negative[0]]:.6g}", "costs are >= 0"
            )
        # Sums may differ from the greedy's own sum in the last bits.
        ceiling = self.cost * (1 + 1e-12)
        spent = float(self.costs[self.keep].sum())
        asked = f"{self.cost:,.6g} cost"
        if spent > ceiling:
            raise BudgetError(
                asked, f"the kept rows cost {spent:,.6g}", "raise it or keep fewer rows"
            )
        picked = np.zeros(self.size, dtype=bool)
        picked[self.keep] = True
        needs = self.lower - np.bincount(self.groups.codes[self.keep], minlength=len(self.lower))
        free = np.nonzero((needs > 0)[self.groups.codes] & ~picked & ~self.excluded)[0]
        free = free[np.argsort(self.costs[free], kind="stable")]
        needed = free[self.groups.places(free) < needs[self.groups.codes[free]]]
        least = spent + float(self.costs[needed].sum())
        if least > ceiling:
            raise QuotaError(
                f"group minima that cost at least {least:,.6g}",
                f"the budget is {asked}",
                "lower the minima or raise the budget",
            )

    @property
    def most_rows(self) -> int:
        """An upper bound on the number of picks; the exact number under a row budget."""
        if self.rows is not None:
            return self.rows
        assert self.cost is not None
        assert self.costs is not None
        cheapest = np.sort(self.costs[~self.excluded])
        return int(np.searchsorted(np.cumsum(cheapest), self.cost * (1 + 1e-12), side="right"))

    @property
    def plain(self) -> bool:
        """Whether there is a row budget and nothing else but dropped rows."""
        return self.rows is not None and not self.column and len(self.keep) == 0
