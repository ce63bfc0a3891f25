"""Lightweight coreset: a weighted sample for k-means, in two passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cribble.constraints.drawing import check_clip, draw_weighted, shuffled
from cribble.core import Budget, Card, Pool, Selection
from cribble.kernels.distances import mean_row, squared_distances
from cribble.kernels.scratch import working_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Lightweight:
    """Rows drawn half uniformly, half by squared distance to the mean, weighted by the inverse.

    The weighted cost of any centers is an unbiased estimate of their cost on the pool. Exactly the
    rows asked are drawn, and distinct ones: systematic draws along a random order, where the
    source draws with replacement.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean.
        clip: Largest weight, in multiples of the mean; None for no limit. A clipped estimate is
            biased.

    Raises:
        ParameterError: ``clip`` is below 1.

    Source:
        Bachem, Lucic and Krause (2018), arXiv:1702.08248.
    """

    card: ClassVar[Card] = Card(
        "lightweight",
        family="coresets",
        needs=("embedding",),
        cost="O(n d)",
        memory="O(n)",
        row_bytes=110,
        guarantee="the weighted cost of any k centers is unbiased, and near the pool's with "
        "O(d k log k) rows up to a share of the total variance (row budgets without quotas)",
        source="arXiv:1702.08248",
        explains=("score",),
    )
    signal: str = "embedding"
    clip: float | None = None

    def __post_init__(self) -> None:
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            weights: (k,) float64, the inverse chance of each; 1 for kept rows.
            scores: (n,) float64, what chances are in proportion to; their mean is 1.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        squares = squared_distances(X, mean_row(X))
        mean = squares.mean() if len(pool) else 0.0
        sizes = 0.5 + squares / (2 * mean) if mean > 0 else squares + 1.0
        drawn = draw_weighted(limits, sizes, shuffled(seed, self.card.name), self.clip)
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=drawn.weights,
            scores=sizes,
            stats=drawn.stats,
            pool=pool,
        )
