"""Difficulty band: rows that are neither too easy nor too hard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class DifficultyBand:
    """Random choice among the rows whose difficulty lies in a band of ranks.

    Where the band holds too few rows, the rows nearest to it in rank follow.

    Args:
        signal: Name of a pool signal, (n,) numbers, in either direction.
        low: Lower end of the band, as a share of the rows in order of score.
        high: Upper end of the band, as a share of the rows in order of score.

    Raises:
        ParameterError: Not 0 <= low < high <= 1.

    Source:
        Paul et al. (2021), arXiv:2107.07075, section 4, which slides a window over EL2N ranks;
        its ends are found by search. The middle half is our default.
    """

    card: ClassVar[Card] = Card(
        "difficulty-band",
        family="coverage",
        needs=("difficulty",),
        cost="O(n log n)",
        memory="O(n)",
        row_bytes=80,
        source="arXiv:2107.07075",
        explains=("score",),
    )
    signal: str = "difficulty"
    low: float = 0.25
    high: float = 0.75

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 1:
            raise ParameterError("low, high", (self.low, self.high), "in [0, 1], low below high")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of middling difficulty within the budget.

        Returns:
            indices: (k,) int64 rows, in random order after the kept ones, the band's first.
            scores: (n,) float64, minus how far outside the band a row's rank lies, as a share of
                the rows.
            stats: ``band``, the least and largest score in the band (None where it is empty).

        Raises:
            SignalError: The score is missing, is not (n,) or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        difficulty = np.asarray(pool.signal(self.signal, ndim=1), dtype=np.float64)
        n = len(pool)
        ranks = np.empty(n)
        ranks[np.argsort(difficulty, kind="stable")] = (np.arange(n) + 0.5) / max(1, n)
        outside = np.maximum(np.maximum(self.low - ranks, ranks - self.high), 0.0)
        order = np.lexsort((row_uniforms(seed, "difficulty band", 0, n), outside))
        band = difficulty[outside == 0]
        return Selection(
            indices=admission.add_in_order(order),
            method=self.card.name,
            seed=seed,
            scores=-outside,
            stats={"band": [float(band.min()), float(band.max())] if len(band) else None},
            pool=pool,
        )
