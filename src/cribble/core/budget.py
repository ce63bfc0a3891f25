"""How much may be chosen, and the limits that the choice must hold."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.card import Card
from cribble.core.errors import (
    BudgetError,
    ParameterError,
    QuotaError,
    UnknownNameError,
    UnsupportedLimitError,
)
from cribble.core.limits import Limits
from cribble.core.pool import Pool
from cribble.core.protocols import Groups

_SUFFIX = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
_TOKENS = re.compile(r"^\s*([0-9][0-9_,]*(?:\.[0-9]+)?)\s*([kKmMbB]?)\s*tokens?\s*$")
_PERCENT = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*$")
_ROWS = re.compile(r"^\s*(-?[0-9][0-9_,]*)\s*$")

Quotas = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget in rows, as a share of the pool, or in cost; with the limits that must hold.

    Exactly one of ``rows``, ``share`` and ``cost`` is given.

    Args:
        rows: Number of rows to pick.
        share: Share of the pool's rows to pick, in [0, 1]; rounded down, but at least one row
            of a pool that has any, unless the share is 0.
        cost: The summed cost that the picks may not exceed, in the unit of ``cost_column``.
        cost_column: Signal with each row's cost; "tokens" unless named.
        at_least: For one grouping, the least number of picks per group.
        at_most: For one grouping, the largest number of picks per group.
        keep: Rows that must be picked; they count toward the budget.
        drop: Rows that must not be picked.

    Raises:
        BudgetError: None or several of rows, share and cost are given, or one is negative.
    """

    rows: int | None = None
    share: float | None = None
    cost: float | None = None
    cost_column: str = "tokens"
    at_least: Quotas = field(default_factory=dict)
    at_most: Quotas = field(default_factory=dict)
    keep: Sequence[int] = ()
    drop: Sequence[int] = ()

    def __post_init__(self) -> None:
        given = [name for name in ("rows", "share", "cost") if getattr(self, name) is not None]
        if len(given) != 1:
            found = "none of rows, share and cost is given" if not given else f"{given} are given"
            raise BudgetError(str(given or "empty"), found, "give exactly one")
        if self.rows is not None and self.rows < 0:
            raise BudgetError(f"{self.rows:,} rows", "it is negative", "ask for 0 rows or more")
        if self.share is not None and not 0 <= self.share <= 1:
            raise BudgetError(f"{self.share:.6g} of the pool", "a share lies in [0, 1]", "lower it")
        if self.cost is not None and not (np.isfinite(self.cost) and self.cost >= 0):
            raise BudgetError(f"{self.cost} cost", "it is not 0 or more", "ask for 0 or more")

    @classmethod
    def parse(cls, value: int | str | Budget) -> Budget:
        """Read ``1000``, ``"5%"``, ``"20M tokens"`` or a Budget.

        Raises:
            BudgetError: The value is none of these.
        """
        if isinstance(value, Budget):
            return value
        if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
            return cls(rows=int(value))
        text = str(value)
        if match := _ROWS.match(text):
            return cls(rows=int(re.sub("[_,]", "", match[1])))
        if match := _PERCENT.match(text):
            return cls(share=float(match[1]) / 100)
        if match := _TOKENS.match(text):
            return cls(cost=float(re.sub("[_,]", "", match[1])) * _SUFFIX[match[2].lower()])
        raise BudgetError(repr(value), "it cannot be read", "say 1000, 5% or 20M tokens")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Which of `cribble.core.card.LIMITS` this budget uses."""
        used = {
            "rows": self.cost is None,
            "cost": self.cost is not None,
            "quota": bool(self.at_least or self.at_most),
            "keep": len(self.keep) > 0,
            "drop": len(self.drop) > 0,
        }
        return tuple(kind for kind, asked in used.items() if asked)

    def resolve(self, pool: Pool) -> Limits:
        """Turn the budget into arrays over the pool's rows, or refuse it.

        Raises:
            BudgetError: More rows are asked than may be picked, or the kept rows exceed it.
            QuotaError: The group limits contradict one another, the budget or the pool.
            UnknownNameError: A group or grouping does not exist.
            SignalError: The costs are missing, negative or not finite.
        """
        shape = self._shape(pool)
        rows = self.rows
        if self.share is not None:
            rows = int(self.share * len(pool) + 1e-9)
            rows = max(1, rows) if len(pool) and self.share > 0 else rows
        costs = None
        if self.cost is not None:
            costs = np.asarray(pool.signal(self.cost_column, ndim=1), dtype=np.float64)
        return Limits(rows=rows, cost=self.cost, costs=costs, **shape)

    def row_range(self, pool: Pool) -> tuple[int, int]:
        """How few and how many rows the limits allow, whatever number is asked for.

        Raises:
            QuotaError: The group limits contradict one another or the pool.
            UnknownNameError: A group or grouping does not exist.
        """
        free = Limits(rows=None, cost=0.0, costs=np.zeros(len(pool)), **self._shape(pool))
        codes, count = free.groups.codes, len(free.lower)
        kept = np.bincount(codes[free.keep], minlength=count)
        available = np.bincount(codes[~free.excluded], minlength=count)
        least = int(np.maximum(free.lower, kept).sum())
        return least, int(np.minimum(free.upper, available).sum())

    def _shape(self, pool: Pool) -> dict[str, Any]:
        """The parts of `Limits` that do not hang on how much is asked for."""
        size = len(pool)
        keep = self._row_set("keep", self.keep, size)
        drop = self._row_set("drop", self.drop, size)
        if len(both := np.intersect1d(keep, drop)):
            raise QuotaError(
                f"row {both[0]} kept and dropped", "a row is one or the other", "mend the lists"
            )
        excluded = np.zeros(size, dtype=bool)
        excluded[drop] = True
        column, groups = self._grouping(pool)
        lower = np.zeros(len(groups.names), dtype=np.int64)
        upper = np.full(len(groups.names), size, dtype=np.int64)
        for bounds, quotas in ((lower, self.at_least), (upper, self.at_most)):
            for name, number in quotas.get(column, {}).items():
                if str(name) not in groups.names:
                    raise UnknownNameError(f"group of {column!r}", str(name), groups.names)
                if number < 0:
                    raise ParameterError(f"limit of {name}", number, "0 or more")
                bounds[groups.names.index(str(name))] = number
        return {
            "size": size,
            "keep": keep,
            "excluded": excluded,
            "column": column,
            "groups": groups,
            "lower": lower,
            "upper": upper,
        }

    def part(self, pool: Pool, rows: NDArray[np.int64]) -> Budget:
        """The same budget over `Pool.part`: as many rows or as much cost, the limits renumbered.

        Kept rows outside the part are no longer asked for.

        Args:
            pool: The whole pool.
            rows: (m,) int64 rows of the part, ascending.

        Raises:
            CribbleError: The whole pool cannot meet the budget.
        """
        place = np.full(len(pool), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        kept, dropped = (
            place[self._row_set(name, listed, len(pool))]
            for name, listed in (("keep", self.keep), ("drop", self.drop))
        )
        asked = self.resolve(pool).rows
        return dataclasses.replace(
            self,
            rows=asked,
            share=None,
            keep=tuple(kept[kept >= 0].tolist()),
            drop=tuple(dropped[dropped >= 0].tolist()),
        )

    def _grouping(self, pool: Pool) -> tuple[str, Groups]:
        columns = sorted({*self.at_least, *self.at_most})
        if len(columns) > 1:
            raise QuotaError(
                f"limits on {' and '.join(columns)} at once",
                "limits on overlapping groupings cannot be guaranteed together",
                "limit one grouping, or join the columns into one",
            )
        if columns:
            return columns[0], pool.groups(columns[0])
        return "", Groups(np.zeros(len(pool), dtype=np.int64), ("all",))

    @staticmethod
    def _row_set(name: str, rows: Sequence[int], size: int) -> np.ndarray:
        found = np.unique(np.asarray(rows, dtype=np.int64).ravel())
        if len(found) and not (found[0] >= 0 and found[-1] < size):
            bad = found[0] if found[0] < 0 else found[-1]
            raise ParameterError(name, int(bad), f"a row number in [0, {size})")
        return found


def check_limits(card: Card, budget: Budget, able: Sequence[str] = ()) -> None:
    """Refuse a budget that uses a limit which a method cannot honor, before any work.

    Args:
        card: The method's card.
        budget: What is asked.
        able: Names of methods that can honor every limit asked, for the message.

    Raises:
        UnsupportedLimitError: The card does not list a limit that the budget uses.
    """
    for kind in budget.kinds:
        if kind not in card.limits:
            raise UnsupportedLimitError(card.name, kind, able)
