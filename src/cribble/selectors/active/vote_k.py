"""Vote-k: label rows that many unlike rows count among their nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError

_PROBES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteK:
    """Fast vote-k: each row votes for its nearest rows, with less weight once one is picked.

    The vote of a row with t picked rows among its nearest counts ``base``^-t, and picked rows do
    not vote. Each step picks the row of most votes. The source's second stage, which asks a
    language model how sure it is, is not part of this.

    Args:
        signal: Name of a pool signal, (n, d) float.
        neighbors: Nearest rows by cosine that a row votes for; None takes a twentieth of the pool,
            150 at most, which is the source's number for pools of 3,000: many more than a
            twentieth pick hubs.
        base: What each pick among its nearest divides a vote by, above 1.

    Raises:
        ParameterError: A parameter lies outside what it may be.

    Source:
        Su et al. (2023), arXiv:2209.01975.
    """

    card: ClassVar[Card] = Card(
        "vote-k",
        family="active",
        needs=("embedding",),
        cost="O(n^2 d) up to 20,000 rows, O(n d log n) above",
        memory="O(n (d + neighbors))",
        row_bytes=3_600,
        source="arXiv:2209.01975",
        out_of_core=False,
        explains=("gain",),
    )
    signal: str = "embedding"
    neighbors: int | None = None
    base: float = 10.0

    def __post_init__(self) -> None:
        if self.neighbors is not None and self.neighbors < 1:
            raise ParameterError("neighbors", self.neighbors, "1 or more")
        if not (self.base > 1 and np.isfinite(self.base)):
            raise ParameterError("base", self.base, "finite and above 1")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of many votes; ``seed`` is used above 20,000 rows alone, to find neighbors.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, the votes of each pick at its time.
            value: None: the votes depend on the order of the picks.
            stats: ``neighbors``, ``evaluations``, ``neighbor_search``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.cascades import arrows_to
        from cribble.kernels.neighbors import EXACT_ROWS, near_rows
        from cribble.objectives.facility_location import Affinity
        from cribble.objectives.neighbor_votes import NeighborVotes
        from cribble.optimizers.knapsack import maximize

        limits = budget.resolve(pool)
        points = Affinity.of(pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4))
        count = self.neighbors or min(150, max(1, len(pool) // 20))
        count = min(count, len(pool) - 1)
        near = near_rows(points.points, count, seed, probes=_PROBES)
        run = maximize(NeighborVotes(arrows_to(near, np.ones(near.shape)), self.base), limits)
        return Selection(
            indices=run.indices,
            method=self.card.name,
            seed=seed,
            gains=run.gains,
            stats={
                "neighbors": max(0, count),
                "evaluations": run.evaluations,
                "neighbor_search": "exact" if len(pool) <= EXACT_ROWS else f"{_PROBES} clusters",
            },
            pool=pool,
        )
