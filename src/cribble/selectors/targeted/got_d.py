"""GOT-D: rows whose extra mass would move the pool toward the target the fastest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.signals.target import target_vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class GotD:
    """Gradients of optimal transport, calibrated, the most negative first.

    The pool stands for what a model was trained on. Of the rows that the target wants, this picks
    those that the pool lacks, where nearest neighbors pick what the target merely resembles. A
    row's gradient is how the transport cost to the target changes as mass moves to the row from
    all others. It is right for small steps: a budget that is a large share of the pool overshoots,
    and where the pool is not distributed like the training data it corrects what is not there.
    The transport is entropic, as in the authors' solver, but not debiased.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float; costs are squared distances.
        epsilon: Strength of the entropy term, as a share of the mean cost.
        iterations: Passes over the pool, at most.
        tolerance: Stop where no potential moves by more than this share of the mean cost.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Kang et al. (2024), Get more for less, arXiv:2405.02774; calibration, Just et al. (2023),
        arXiv:2305.00054.
    """

    card: ClassVar[Card] = Card(
        "got-d",
        family="targeted",
        needs=("embedding", "target"),
        cost="O(n q d iterations)",
        memory="O(n + q d)",
        row_bytes=110,
        source="arXiv:2405.02774",
        explains=("score",),
    )
    signal: str = "embedding"
    epsilon: float = 0.05
    iterations: int = 50
    tolerance: float = 1e-4

    def __post_init__(self) -> None:
        for name in ("epsilon", "tolerance"):
            if not (np.isfinite(value := getattr(self, name)) and value > 0):
                raise ParameterError(name, value, "above 0")
        if self.iterations < 1:
            raise ParameterError("iterations", self.iterations, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows with the most negative gradients; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, best first after the kept ones.
            scores: (n,) float64, the gradients negated, in the unit of the costs.
            stats: ``transport``, the dual value before the choice, and the ``iterations`` made.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: The signal is missing, is not (n, d) or not finite, or pool and target
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.sinkhorn import sinkhorn

        admission = Admission(budget.resolve(pool))
        aims = target_vectors(pool, self.signal)
        scores, stats = np.zeros(len(pool)), {}
        if len(pool):
            rows = pool.signal(self.signal, ndim=2)
            found = sinkhorn(rows, aims, self.epsilon, self.iterations, self.tolerance)
            others = (found.source.sum() - found.source) / max(1, len(pool) - 1)
            scores = others - found.source
            stats = {"transport": found.value, "iterations": found.iterations}
        return Selection(
            indices=admission.add_in_order(np.argsort(-scores, kind="stable")),
            method="got-d",
            seed=seed,
            scores=scores,
            stats=stats,
            pool=pool,
        )
