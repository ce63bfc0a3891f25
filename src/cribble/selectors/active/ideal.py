"""IDEAL: label the rows whose influence reaches most of the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError

_PROBES = 32
_FEW_SETS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ideal:
    """Influence-driven selective annotation: rows that set off most others through neighbors.

    Each row points to its nearest rows by cosine, and sets each of them off once, with a chance of
    the cosine's share among them. The influence of a set is the expected number of rows that it
    sets off in the end, itself included. The source simulates that for every candidate in every
    step; we draw, once, for many random rows the rows that would set them off, and cover as many
    of those as can be: the same expectation, monotone and submodular, with a certificate.

    Args:
        signal: Name of a pool signal, (n, d) float.
        neighbors: Nearest rows that a row points to.
        sets: Random rows that the influence is estimated from; None takes 25 n ln(n) / k, for an
            error of about a tenth, but 50 a row or 50,000 at least, and 4,000,000 at most.

    Raises:
        ParameterError: A parameter is under 1.

    Source:
        Zhang et al. (2024), arXiv:2310.10873. Reverse sampling: Borgs et al. (2014),
        arXiv:1212.0884.
    """

    card: ClassVar[Card] = Card(
        "ideal",
        family="active",
        needs=("embedding",),
        cost="O(n^2 d) up to 20,000 rows, O(n d log n) above; and the sampled sets",
        memory="O(n d), and 16 bytes a row of a sampled set",
        guarantee="at least 1 - 1/e of the best sampled influence under a row budget",
        source="arXiv:2310.10873",
        out_of_core=False,
        explains=("gain",),
    )
    signal: str = "embedding"
    neighbors: int = 10
    sets: int | None = None

    def __post_init__(self) -> None:
        for name in ("neighbors", "sets"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of large influence within the budget.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, rows that each pick would set off beyond those before it.
            value: The influence of the set on the sample that it was chosen by, so a little high.
            upper_bound: What no set within the budget exceeds on the same sample.
            stats: ``sets``; ``influence``, on a fresh sample; ``evaluations``;
                ``neighbor_search``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.neighbors import EXACT_ROWS, near_rows
        from cribble.objectives.facility_location import Affinity
        from cribble.objectives.influence import neighbor_arrows, sampled_influence
        from cribble.optimizers.knapsack import maximize

        limits = budget.resolve(pool)
        points = Affinity.of(pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4))
        near = near_rows(points.points, self.neighbors, seed, probes=_PROBES)
        asked = 25 * len(pool) * np.log(max(1, len(pool))) / max(1, limits.most_rows)
        sets = self.sets or int(min(4_000_000, max(asked, min(50 * len(pool), _FEW_SETS), 1)))
        arrows = neighbor_arrows(points.points, near)
        run = maximize(sampled_influence(arrows, sets, seed), limits)
        fresh = sampled_influence(arrows, min(sets, _FEW_SETS), seed, "fresh influence")
        for row in run.indices.tolist():
            fresh.add(row)
        return Selection(
            indices=run.indices,
            method=self.card.name,
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            stats={
                "sets": sets,
                "influence": fresh.value,
                "evaluations": run.evaluations,
                "neighbor_search": "exact" if len(pool) <= EXACT_ROWS else f"{_PROBES} clusters",
            },
            pool=pool,
        )
