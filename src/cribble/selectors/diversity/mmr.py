"""MMR: relevant rows that are unlike those already picked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.objectives.facility_location import Affinity
from cribble.objectives.marginal_relevance import MarginalRelevance
from cribble.objectives.modular import scaled_scores
from cribble.optimizers.knapsack import maximize


@dataclass(frozen=True, slots=True, kw_only=True)
class Mmr:
    """Maximal marginal relevance: each pick is relevant and unlike its most similar pick.

    Each step adds the row of largest lam * quality - (1 - lam) * its largest cosine to a pick,
    with the quality scaled to [0, 1] over the pool and cosines clipped at 0. The first pick is the
    row of best quality. Nothing is proved of the set.

    Args:
        signal: Name of a pool signal, (n, d) float.
        quality: Name of a pool signal, (n,) float, larger is better.
        lam: Weight of the quality, in [0, 1]; 1 ranks by quality alone.

    Raises:
        ParameterError: ``lam`` is outside [0, 1].

    Source:
        Carbonell and Goldstein (1998), doi:10.1145/290941.291025.
    """

    card: ClassVar[Card] = Card(
        "mmr",
        family="diversity",
        needs=("embedding", "quality"),
        cost="O(n d k) at most",
        memory="O(n d)",
        row_bytes=110,
        source="doi:10.1145/290941.291025",
        explains=("gain",),
    )
    signal: str = "embedding"
    quality: str = "quality"
    lam: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.lam <= 1:
            raise ParameterError("lam", self.lam, "in [0, 1]")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick relevant rows that are unlike one another; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, the score of each pick at its time, plus 1 - lam.
            value: None: the scores depend on the order of the picks.
            stats: ``evaluations``.

        Raises:
            SignalError: A signal is missing, malformed or not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        points = Affinity.of(
            pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4)
        ).points
        relevance = scaled_scores(pool.signal(self.quality, ndim=1))
        run = maximize(MarginalRelevance(points, relevance, self.lam), limits)
        return Selection(
            indices=run.indices,
            method="mmr",
            seed=seed,
            gains=run.gains,
            stats={"evaluations": run.evaluations},
            pool=pool,
        )
