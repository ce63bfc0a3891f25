"""K-median: weighted rows on which every choice of centers costs what it costs on the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.constraints.drawing import affordable_rows
from cribble.core import Budget, Card, Pool, Selection
from cribble.kernels.buckets import split_buckets
from cribble.kernels.cells import nearest_counts
from cribble.kernels.scratch import working_rows
from cribble.kernels.weights import weight_stats


@dataclass(frozen=True, slots=True, kw_only=True)
class KMedian:
    """Rows in the middle of tight buckets, each weighing as many rows as its bucket has.

    For scores, times, coordinates and the like, in one to three dimensions. Let ``error`` be the
    summed distance of all rows to the picks that stand for them: for any centers, as many as you
    like, the weighted cost of the picks is within it of the cost on the pool. Mostly it is far
    nearer, as the two sides of a bucket cancel where no center is close. Nothing is
    drawn. Where limits forbid a middle row, or rows are kept, a pick weighs the rows that it is
    nearest to.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean. The error falls as
            k^(-1 / d) at worst, so that many dimensions need many rows.

    Source:
        Buckets: Har-Peled and Kushal (2007), doi:10.1007/s00454-006-1271-x; sizes in small
        dimension: Huang, Huang, Huang and Wu (2023), arXiv:2302.13737. Our buckets come from
        splitting where the budget, not the error, is given.
    """

    card: ClassVar[Card] = Card(
        "k-median",
        family="coresets",
        needs=("embedding",),
        cost="O(n d log k)",
        memory="O(n), and one copy of the rows unless they are float32 or float64",
        row_bytes=110,
        guarantee="the cost of any centers is within the stated error of that on the pool",
        source="arXiv:2302.13737",
        explains=("assignment",),
    )
    signal: str = "embedding"

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick and weigh rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then the heaviest first.
            weights: (k,) float64, how many rows that are not dropped each pick stands for.
            assignment: (n,) int64, the pick that stands for each row, -1 for dropped rows.
            stats: ``error``, the most that a cost can differ, in the unit of the signal;
                ``weight_sum``; ``effective_size``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        admission = Admission(limits)
        free = np.nonzero(~admission.blocked)[0]
        counted = np.nonzero(~limits.excluded)[0]
        count = min(max(0, affordable_rows(limits) - len(limits.keep)), len(free))
        buckets = split_buckets(X, free, count)
        middles = np.array([bucket[0] for bucket in buckets], dtype=np.int64)
        rest = np.setdiff1d(free, middles)
        picks = admission.add_in_order(np.concatenate([middles, rest]))
        label, weights = np.full(len(X), -1, dtype=np.int64), np.zeros(0)
        if np.array_equal(picks, middles):
            weights = np.array([len(bucket) for bucket in buckets], dtype=np.float64)
            for place, bucket in enumerate(buckets):
                label[bucket] = place
        elif len(picks):
            nearest, weights = nearest_counts(X, counted, picks)
            label[counted] = nearest[counted]
        error = 0.0
        for start in range(0, len(counted) if len(picks) else 0, 2_048):
            some = counted[start : start + 2_048]
            gaps = X[some].astype(np.float64) - X[picks[label[some]]]
            error += float(np.sqrt((gaps**2).sum(axis=1)).sum())
        return Selection(
            indices=picks,
            method=self.card.name,
            seed=seed,
            weights=weights,
            assignment=label,
            stats={"error": error, **weight_stats(weights)},
            pool=pool,
        )
