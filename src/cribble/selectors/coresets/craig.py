"""CRAIG: rows whose weighted gradients stand for those of the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.core import Budget, Card, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.kernels.cells import nearest_counts
from cribble.kernels.scratch import taken_rows
from cribble.kernels.weights import weight_stats
from cribble.objectives.facility_location import Affinity, FacilityLocation
from cribble.optimizers.knapsack import maximize

_BLOCK = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Craig:
    """Facility location over gradients; a pick weighs as many rows as it is nearest to.

    The signal should hold something gradients are near in: last-layer gradients, their stand-in
    (predicted probabilities less the label), or the features of a convex model. Then a weighted
    step on the picks is near a step on the pool. For labels, put them in the signal, or pick
    within groups by limits. Affinities are *phantom*: how much nearer the pick is, in squared
    Euclidean distance, than the pool's mean; the source takes plain distances and a far point.

    Args:
        signal: Name of a pool signal, (n, d) float, gradients or features like them.
        sample: Most rows that gains are summed over; of a larger pool, random ones.

    Raises:
        ParameterError: ``sample`` is not positive.

    Source:
        Mirzasoleiman, Bilmes and Leskovec (2020), arXiv:1906.01827.
    """

    card: ClassVar[Card] = Card(
        "craig",
        family="coresets",
        needs=("embedding",),
        cost="O(n m d) for m rows of the sample",
        memory="O(n d) and the pairs that can still gain, within the limit",
        row_bytes=110,
        guarantee="at least 1 - 1/e of the best under a row budget, 1/2 under group maxima (pools "
        "within the sample)",
        source="arXiv:1906.01827",
        explains=("gain", "assignment"),
    )
    signal: str = "embedding"
    sample: int = 20_000

    def __post_init__(self) -> None:
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick and weigh rows within the budget.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            weights: (k,) float64, how many rows that are not dropped each pick is nearest to.
            gains: (k,) float64, what each pick added to the value.
            value: The summed affinity of all rows to their best pick; an estimate where the pool
                is larger than the sample.
            upper_bound: Bound on the best value; None where it is an estimate.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``gradient_error``, the length of the weighted mean of the picks less the
                pool's mean; ``weight_sum``; ``effective_size``; ``sampled_rows``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        affinity = Affinity.of(X, "phantom", memory=pool.room(1 / 4))
        rows, all_ = np.arange(len(X)), len(X) <= self.sample
        if not all_:
            rows = np.sort(stream(seed, "targets").choice(len(X), self.sample, replace=False))
        factor = len(X) / max(1, len(rows))
        targets = affinity.points if all_ else taken_rows(affinity.points, rows)
        run = maximize(FacilityLocation(affinity, targets, memory=pool.room(5 / 8)), limits)
        counted = np.nonzero(~limits.excluded)[0]
        label, weights = np.full(len(X), -1, dtype=np.int64), np.zeros(0)
        if len(run.indices):
            label, weights = nearest_counts(affinity.points, counted, run.indices)
        # Points are centered on the mean of the pool, dropped rows and all.
        own = weights @ affinity.points[run.indices].astype(np.float64)
        whole = np.zeros(X.shape[1])
        for low in range(0, len(counted), _BLOCK):
            some = affinity.points[counted[low : low + _BLOCK]]
            whole += some.sum(axis=0, dtype=np.float64)
        gap = float(np.linalg.norm(own - whole)) / max(1, len(counted))
        return Selection(
            indices=run.indices,
            method=self.card.name,
            seed=seed,
            weights=weights,
            gains=run.gains * factor,
            value=run.value * factor,
            upper_bound=run.upper_bound if all_ else None,
            assignment=label,
            stats={
                "gradient_error": gap if len(run.indices) else None,
                **weight_stats(weights),
                "sampled_rows": len(rows),
            },
            pool=pool,
        )
