"""Median cut: parts of equal size, and of each the row nearest to its mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.kernels.distances import mean_row
from cribble.kernels.shares import planned_order


@dataclass(frozen=True, slots=True, kw_only=True)
class MedianCut:
    """The pool is cut into as many parts as rows are asked, each of as many rows as the others.

    Rows are halved across the line between the means of the halves, again and again, and each part
    gives the row nearest to its mean. So every pick stands for the same number of rows: dense
    places keep their weight, where `k-medoids` and `k-center` follow the places that rows lie at.
    It needs no distances between rows.

    Under a budget in cost there are as many parts as rows of mean cost can be paid for. Parts
    that hold kept rows give no others before all parts have given one; where limits forbid some
    rows, the parts take turns with those that come next.

    Args:
        signal: Name of a pool signal, (n, d) float.
        centered: Whether rows are taken about the mean of the pool and scaled to length 1 first.

    Source:
        Halving at the median: Heckbert (1982), doi:10.1145/965145.801294. Balanced clusters by
        bisecting k-means, and a prototype of each: Andrews and Fox (2007), Virginia Tech TR-07-36.
    """

    card: ClassVar[Card] = Card(
        "median-cut",
        family="coverage",
        needs=("embedding",),
        cost="O(n d log k)",
        memory="O(n)",
        row_bytes=130,
        guarantee="each pick stands for n / k rows, give or take one (plain row budgets)",
        source="doi:10.1145/965145.801294",
        explains=("assignment",),
    )
    signal: str = "embedding"
    centered: bool = True

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick one row of each part within the budget; nothing is left to chance.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then part by part.
            assignment: (n,) int64, the pick of each row's part, the first where there are more; -1
                for rows of parts without a pick, and for rows that are dropped.
            stats: ``parts``, how many there are.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.median_cut import median_cut  # loads numba

        limits = budget.resolve(pool)
        vectors = pool.signal(self.signal, ndim=2)
        rows = np.flatnonzero(~limits.excluded)
        count = _parts(limits, rows)
        order, part = rows, np.full(len(pool), -1)
        if count:
            order, start = median_cut(
                vectors, rows, count, mean_row(vectors), spherical=self.centered
            )
            part[order] = np.repeat(np.arange(count), np.diff(start))
        kept = np.zeros(len(pool), dtype=np.bool_)
        kept[limits.keep] = True
        order = order[np.argsort(~kept[order], kind="stable")]
        plan = planned_order(part[order], count, limits.rows, "equal")
        picks = Admission(limits).add_in_order(order[plan.places])
        return Selection(
            indices=picks,
            method=self.card.name,
            seed=seed,
            assignment=_owners(part, picks, count),
            stats={"parts": count},
            pool=pool,
        )


def _parts(limits: Limits, rows: NDArray[np.int64]) -> int:
    """As many parts as rows are asked, or can be paid for at the mean cost; one at the least."""
    wanted = limits.most_rows
    if limits.costs is not None and len(rows) and (mean := float(limits.costs[rows].mean())):
        wanted = min(wanted, round((limits.cost or 0.0) / mean))
    return min(max(1, wanted), len(rows))


def _owners(part: NDArray[np.int64], picks: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The first pick of each row's part, (n,)."""
    first = np.full(count + 1, -1)
    own = part[picks][::-1]
    first[own] = np.arange(len(picks))[::-1]
    first[-1] = -1
    return first[part]
