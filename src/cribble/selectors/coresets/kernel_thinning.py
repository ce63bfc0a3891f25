"""Kernel thinning: halve the pool again and again, each half a fair copy of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.distances import working_rows
from cribble.kernels.kernel_mean import kernel_mean, median_distance
from cribble.kernels.thinning import Thinning


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelThinning:
    """Target kernel thinning: the best of many halvings, then improved pick by pick.

    The rows are halved until a list would be shorter than the budget, by walks that keep both
    halves near the whole; the list nearest to the pool is cut to the budget by dropping the pick
    that is missed least, and each pick is then replaced by the row that serves best. All picks
    weigh the same. Where limits forbid some of them, rows that the others lack most follow.

    Args:
        signal: Name of a pool signal, (n, d) float.
        width: Standard deviation of the Gaussian kernel, in the unit of the signal; None takes the
            median distance of two rows.
        sample: Most rows that are thinned; of a larger pool, random ones.

    Raises:
        ParameterError: ``width`` or ``sample`` is not positive.

    Source:
        Dwivedi and Mackey (2022), arXiv:2110.01593, target KT. Budgets that are no power of two
        of the pool are reached by our own cut.
    """

    card: ClassVar[Card] = Card(
        "kernel-thinning",
        family="coresets",
        needs=("embedding",),
        cost="O(m^2 d + n m d) for m rows of the sample, and O(n d k)",
        memory="O(n + m d), and one copy of the rows unless they are float32 or float64",
        guarantee="k = n / 2^m picks have a kernel mean within O(sqrt(log n) / k) of the pool's "
        "for any one function (row budgets without quotas, before the cut)",
        source="arXiv:2110.01593",
    )
    signal: str = "embedding"
    width: float | None = None
    sample: int = 16_384

    def __post_init__(self) -> None:
        if self.width is not None and not self.width > 0:
            raise ParameterError("width", self.width, "above 0")
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows whose kernel mean is near the pool's within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones the picks of thinning, those that are
                missed most first.
            stats: ``mmd``, the distance of the two means (None without picks); ``width``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2))
        width = self.width or median_distance(X, seed=seed)
        draws = row_uniforms(seed, "kernel-thinning", 0, len(pool))
        shuffled = np.argsort(draws, kind="stable")
        shuffled = shuffled[~limits.excluded[shuffled]]
        list_ = shuffled[: self.sample]
        mean = kernel_mean(X, X[np.sort(list_)], width)
        thin = Thinning(X, mean, width)
        count = min(_count(limits), len(list_))
        thin.start(list_, count, seed)
        thin.cut(count)
        thin.improve(list_)
        lacking = shuffled[np.argsort(-thin.lack()[shuffled], kind="stable")]
        order = list(dict.fromkeys([*thin.ranked(), *lacking.tolist()]))
        indices = Admission(limits).add_in_order(np.asarray(order, dtype=np.int64))
        last = Thinning(X, mean, width)
        last.take(indices)
        whole = float(mean[list_].mean()) if len(list_) else 0.0
        mmd = float(np.sqrt(max(whole + last.square(), 0.0))) if len(indices) else None
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            stats={"mmd": mmd, "width": width},
            pool=pool,
        )


def _count(limits: Limits) -> int:
    """Rows to thin to: those of the budget, or as many as it pays for at the mean cost."""
    if limits.rows is not None:
        return limits.rows
    assert limits.costs is not None
    free = limits.costs[~limits.excluded]
    mean = float(free.mean()) if len(free) else 0.0
    return min(len(free), int(float(limits.cost or 0.0) / mean)) if mean > 0 else len(free)
