"""Top score: the rows with the largest (or smallest) score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class TopScore:
    """The rows that score best; equal scores go to the lower row.

    The sum of the picked scores is the largest that the limits allow under any budget in rows,
    group limits included, since these form a matroid. Under a cost budget the best rows that
    still fit are taken in turn, and nothing is promised of the sum.

    Args:
        signal: Name of a pool signal, (n,) numbers.
        largest: Whether a large score is a good one.

    Source:
        Greedy on a matroid is optimal: Edmonds (1971), doi:10.1007/BF01584082.
    """

    card: ClassVar[Card] = Card(
        "top-score",
        family="baselines",
        needs=("quality",),
        cost="O(n log n)",
        memory="O(n)",
        row_bytes=60,
        guarantee="the largest sum of scores under any budget in rows",
        source="doi:10.1007/BF01584082",
        explains=("gain", "score"),
    )
    signal: str = "quality"
    largest: bool = True

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows that score best within the budget.

        Returns:
            indices: (k,) int64 rows, best first after the kept ones.
            gains: (k,) float64, the score of each pick, negated if small is good.
            value: The sum of the gains; ``upper_bound`` is the same under a budget in rows.
            scores: (n,) float64, what the gains are taken from.

        Raises:
            SignalError: The score is missing, is not (n,) or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        scores = np.asarray(pool.signal(self.signal, ndim=1), dtype=np.float64)
        scores = scores if self.largest else -scores
        indices = admission.add_in_order(np.argsort(-scores, kind="stable"))
        value = float(scores[indices].sum())
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            gains=scores[indices],
            value=value,
            upper_bound=None if budget.cost is not None else value,
            scores=scores,
            pool=pool,
        )
