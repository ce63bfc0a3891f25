"""Random: every row has the same chance. The baseline that every other method must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cribble.constraints.even_draws import draw_evenly
from cribble.core import Budget, Card, Pool, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Random:
    """Uniform random choice without replacement.

    Rows are visited in the order of one keyed uniform draw per row, so the picks depend on the
    seed and the row numbers alone, and the picks of a smaller budget start those of a larger.

    Source:
        Sampling by random keys: Fan, Muller and Rezucha (1962), doi:10.1080/01621459.1962.10480667.
    """

    card: ClassVar[Card] = Card(
        "random",
        family="baselines",
        cost="O(n log n)",
        memory="O(n)",
        row_bytes=60,
        guarantee="every subset that the limits allow by one row at a time has a fair chance",
        source="doi:10.1080/01621459.1962.10480667",
    )

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows at random within the budget.

        Returns:
            indices: (k,) int64 rows, in random order after the kept ones.

        Raises:
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        picks = draw_evenly(budget.resolve(pool), seed)
        return Selection(indices=picks, method="random", seed=seed, pool=pool)
