"""CCS: cut the hardest rows off, then cover all that is left of the range of difficulty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.shares import planned_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Ccs:
    """Coverage-centric selection: strata of equal width in difficulty, filled to one level.

    The hardest rows, which are often mislabeled, are cut off; the range of the other scores is
    cut into strata of equal width; strata give equal shares, and a stratum that has fewer rows
    gives them all. Inside a stratum the choice is uniform. Rows that were cut off are picked only
    where the limits leave nothing else, the least hard ones first. Kept rows count in their
    stratum. Balance of classes is no part of the method: limit the classes for that.

    Args:
        signal: Name of a pool signal, (n,) numbers; `cribble.signals.difficulty` makes some from
            the log of a training run.
        largest: Whether a large score is a hard one (EL2N, forgetting); not so for AUM.
        strata: Number of strata.
        cut: Share of the rows that is cut off, in [0, 1). The source searches [0, 0.5] for each
            budget; 0.3 is what it found at a tenth of the rows.

    Raises:
        ParameterError: ``strata`` is not positive or ``cut`` is not in [0, 1).

    Source:
        Zheng et al. (2023), arXiv:2210.15809. The source gives leftover rows to the largest
        strata; among strata of one size it favors the last, we the first.
    """

    card: ClassVar[Card] = Card(
        "ccs",
        family="coverage",
        needs=("difficulty",),
        cost="O(n log n)",
        memory="O(n)",
        guarantee="every stratum of difficulty gives its equal share (plain row budgets)",
        source="arXiv:2210.15809",
        explains=("score",),
    )
    signal: str = "difficulty"
    largest: bool = True
    strata: int = 50
    cut: float = 0.3

    def __post_init__(self) -> None:
        if self.strata < 1:
            raise ParameterError("strata", self.strata, "1 or more")
        if not 0 <= self.cut < 1:
            raise ParameterError("cut", self.cut, "in [0, 1)")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of every difficulty but the highest within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones stratum by stratum in random order.
            scores: (n,) float64 difficulty, large is hard.
            stats: ``cut_above``, the least score that was cut off (None where nothing was);
                ``strata``, rows picked of each stratum, from easy to hard, cut rows left out.

        Raises:
            SignalError: The score is missing, is not (n,) or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        scores = np.asarray(pool.signal(self.signal, ndim=1), dtype=np.float64)
        scores = scores if self.largest else -scores
        hardest = ranked(limits, scores)[len(limits.keep) :]
        hardest = hardest[: int(self.cut * (limits.size - limits.excluded.sum()))]
        whole = np.ones(limits.size, dtype=bool)
        whole[hardest] = False
        order = ranked(limits, -row_uniforms(seed, "ccs", 0, len(pool)))
        order = order[whole[order]]
        low, high = scores[order].min(initial=np.inf), scores[order].max(initial=-np.inf)
        width = (high - low) / self.strata if high > low else 1.0
        codes = np.full(limits.size, -1, dtype=np.int64)
        # The last stratum is closed on the right, so the maximum belongs to it.
        codes[order] = np.minimum((scores[order] - low) / width, self.strata - 1)
        plan = planned_order(codes[order], self.strata, limits.rows, "equal")
        admission = Admission(limits)
        indices = admission.add_in_order(np.concatenate([order[plan.places], hardest[::-1]]))
        reached = codes[indices]
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={
                "cut_above": float(scores[hardest[-1]]) if len(hardest) else None,
                "strata": np.bincount(reached[reached >= 0], minlength=self.strata).tolist(),
            },
            pool=pool,
        )
