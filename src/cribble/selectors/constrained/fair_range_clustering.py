"""Fair range clustering: k-means or k-median around picked rows, so many of each group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.scratch import working_rows
from cribble.optimizers.center_swaps import CenterSwaps


@dataclass(frozen=True, slots=True, kw_only=True)
class FairRangeClustering:
    """Centers of least total distance, with between a and b of them in each group.

    The ranges are the budget's ``at_least`` and ``at_most``. Centers are drawn as for k-means++
    among the rows that the limits allow, and then exchanged, one center for one row, as long as
    that lowers the cost and keeps every limit. Several starts are made and the best one is kept.
    No factor is promised, for none holds: with one center of each of two groups, each of two far
    crowds may have a center of the wrong group beside it, and neither can be exchanged alone; the
    cost is then as many times the best as a crowd has rows. Starts from other seeds make that
    unlikely. A constant factor is known for a linear program and its rounding, which does not
    scale. For the largest distance, take `fair-k-center`, which has one.

    Every row counts, a dropped one too.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean.
        power: 2 for k-means, 1 for k-median: the cost is the sum of distance ** power.
        starts: Number of starts.
        proposals: Rows that a pass of exchanges proposes, drawn in proportion to their cost; all
            rows in turn where the pool has no more.
        passes: Passes of exchanges, at most; a pass without one is the last.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        The problem, Hotegni, Mahabadi and Vakilian (2023), arXiv:2306.06778; exchanges, Lattanzi
        and Sohler (2019), proceedings.mlr.press/v97/lattanzi19a.
    """

    card: ClassVar[Card] = Card(
        "fair-range-clustering",
        family="constrained",
        needs=("embedding",),
        cost="O(n d k) a start, and O(n) to O(n d) a proposal",
        memory="O(n + k d)",
        row_bytes=110,
        source="arXiv:2306.06778",
        explains=("assignment",),
    )
    signal: str = "embedding"
    power: int = 2
    starts: int = 2
    proposals: int = 256
    passes: int = 10

    def __post_init__(self) -> None:
        if self.power not in (1, 2):
            raise ParameterError("power", self.power, "1 or 2")
        if self.starts < 1:
            raise ParameterError("starts", self.starts, "1 or more")
        for name in ("proposals", "passes"):
            if getattr(self, name) < 0:
                raise ParameterError(name, getattr(self, name), "0 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick centers within the limits.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``cost``, (sum of distance ** power) ** (1 / power); ``seeded_cost``, the same
                before exchanges; ``swaps``, exchanges made.
            value: None: the cost is to be made small.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        best, least = None, np.inf
        stats: dict[str, float | int] = {}
        for start in range(self.starts):
            search = CenterSwaps(X, limits, self.power)
            search.seed(seed, f"seeds {start}")
            if best is not None and not search.picks:
                break
            seeded = search.cost if search.picks else 0.0
            swaps = search.improve(seed + start, self.proposals, self.passes) if seeded else 0
            cost = search.cost if search.picks else 0.0
            if best is None or cost < least:
                best, least = search, cost
                stats = {
                    "cost": float(cost ** (1 / self.power)),
                    "seeded_cost": float(seeded ** (1 / self.power)),
                    "swaps": swaps,
                }
        assert best is not None
        return Selection(
            indices=np.asarray(best.picks, dtype=np.int64),
            method=self.card.name,
            seed=seed,
            assignment=best.owner[:, 0],
            stats=stats if best.picks else {},
            pool=pool,
        )
