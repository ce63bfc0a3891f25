"""DS weight: rows whose loss is like that of a small clean set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.weights import weight_stats

_TINY = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class DsWeight:
    """Rows the least shifted in loss from the target, weighted by the ratio of the two.

    The weight is the target's mean loss over the row's, and the shift is how far that is from 1,
    on either side. It tells rows that are off the distribution, not rows that are wrong: for rows
    a model wrote, filter for right answers first. Losses depend on length and format, so the
    target must come from the same template and the same model.

    Args:
        signal: Name of a signal of pool and target, (n,) mean losses per token, 0 or more.
        clip: Largest weight.
        most_shift: Shift of a row that weighs next to nothing. Rows that both limits make equal
            come in the order of their shift without them.

    Raises:
        ParameterError: ``clip`` or ``most_shift`` is below 1.

    Source:
        Jiang et al. (2024), arXiv:2408.09849, who keep the 80 % least shifted rows; rows at the
        threshold all go there, here exactly the rows asked come.
    """

    card: ClassVar[Card] = Card(
        "ds-weight",
        family="weighting",
        needs=("difficulty", "target"),
        cost="O(n log n)",
        memory="O(n)",
        row_bytes=80,
        source="arXiv:2408.09849",
        explains=("score",),
    )
    signal: str = "difficulty"
    clip: float = 2.0
    most_shift: float = 5.0

    def __post_init__(self) -> None:
        for name, value in (("clip", self.clip), ("most_shift", self.most_shift)):
            if not value >= 1:
                raise ParameterError(name, value, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows of the least shift within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then the least shifted ones.
            weights: (k,) float64 in [0, ``clip``], for a weighted loss.
            scores: (n,) float64, the shift with its sign turned: -1 is no shift.
            stats: ``weight_sum``, ``effective_size``, ``clipped``; ``target_loss``, the mean.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: A loss is missing, negative or not finite.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        pools = (pool, *pool.target_pools())
        losses = [np.asarray(one.signal(self.signal, ndim=1), dtype=np.float64) for one in pools]
        if any((one < 0).any() for one in losses):
            raise SignalError(self.signal, "a loss is negative", "hand over losses of 0 or more")
        aim = float(np.concatenate(losses[1:]).mean())
        ratio = (aim + _TINY) / (losses[0] + _TINY)
        weights = np.minimum(ratio, self.clip)
        shift = np.where(ratio > 1, weights, np.minimum(1 / ratio, self.most_shift))
        order = np.lexsort((np.abs(np.log(ratio)), shift))
        indices = admission.add_in_order(order)
        clipped = int((ratio[indices] > self.clip).sum())
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            weights=weights[indices],
            scores=-shift,
            stats={**weight_stats(weights[indices], clipped), "target_loss": aim},
            pool=pool,
        )
