"""Leverage: a weighted sample on which least squares comes out as on the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cribble.constraints.drawing import check_clip, draw_weighted, shuffled
from cribble.core import Budget, Card, Pool, Selection
from cribble.kernels.leverage_scores import leverage_scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Leverage:
    """Rows drawn in proportion to their leverage, weighted by the inverse chance.

    Least squares on the picks, each squared error times its weight, approximates least squares on
    the pool, whatever the labels. Add a column of ones to the signal where the model has an
    intercept. Exactly the rows asked are drawn, and distinct ones: systematic draws along a random
    order, where the source draws each row on its own.

    Args:
        signal: Name of a pool signal, (n, d) float, the design matrix.
        clip: Largest weight, in multiples of the mean; None for no limit. A clipped estimate is
            biased.

    Raises:
        ParameterError: ``clip`` is below 1.

    Source:
        Drineas, Mahoney and Muthukrishnan (2006), doi:10.1145/1109557.1109682.
    """

    card: ClassVar[Card] = Card(
        "leverage",
        family="coresets",
        needs=("embedding",),
        cost="O(n d^2)",
        memory="O(n + d^2)",
        row_bytes=110,
        guarantee="O(d log d + d / eps) rows give a squared error within 1 + eps of the least "
        "(independent draws; row budgets without quotas)",
        source="doi:10.1145/1109557.1109682",
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
            scores: (n,) float64 leverage.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        scores = leverage_scores(pool.signal(self.signal, ndim=2))
        drawn = draw_weighted(limits, scores, shuffled(seed, self.card.name), self.clip)
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=drawn.weights,
            scores=scores,
            stats=drawn.stats,
            pool=pool,
        )
