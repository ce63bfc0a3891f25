"""Herding by group: the picks of every group have the group's mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.kernels.centering import centered
from cribble.kernels.distances import mean_row
from cribble.kernels.mean_matching import mean_matching
from cribble.kernels.scratch import scratch
from cribble.kernels.shares import check_allocation, planned_order

_BLOCK = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedHerding:
    """Each group gives its share of the rows, chosen so that their mean is the group's.

    Rows are taken about the mean of the pool and scaled to length 1. In each group every pick
    brings the mean of the picks nearest to the mean of the group. With labels as groups, a
    classifier that learns from the picks sees every class where it lies, as it would with all
    rows: what a linear one learns hangs on little else while rows are few. Shares are those of
    `stratified`; under limits that forbid them, or a budget in cost, so is what is taken instead.

    Args:
        signal: Name of a pool signal, (n, d) float.
        by: Name of the grouping.
        allocation: "proportional" or "equal".

    Raises:
        ParameterError: ``allocation`` is neither.

    Source:
        Exemplars of a class: Rebuffi et al. (2017), arXiv:1611.07725, section 3.2; herding:
        Welling (2009), doi:10.1145/1553374.1553517.
    """

    card: ClassVar[Card] = Card(
        "grouped-herding",
        family="coresets",
        needs=("embedding", "group"),
        cost="O(n d k / groups)",
        memory="O(n + d rows of the largest group)",
        row_bytes=110,
        guarantee="every group within one row of its share, if no other limit forbids it",
        source="arXiv:1611.07725",
    )
    signal: str = "embedding"
    by: str = "group"
    allocation: str = "proportional"

    def __post_init__(self) -> None:
        check_allocation(self.allocation)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of each group that have its mean.

        Returns:
            indices: (k,) int64 rows, after the kept ones in the order they were planned.
            stats: ``reached``, rows by group.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            UnknownNameError: The pool has no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        vectors, groups = pool.signal(self.signal, ndim=2), pool.groups(self.by)
        center, kept = mean_row(vectors), np.zeros(len(pool), dtype=np.bool_)
        kept[limits.keep] = True
        rows = np.flatnonzero(~limits.excluded)
        members = np.split(
            rows[np.argsort(groups.codes[rows], kind="stable")],
            np.cumsum(np.bincount(groups.codes[rows], minlength=len(groups.names)))[:-1],
        )
        wanted = limits.rows if limits.rows is not None else limits.most_rows
        equal = self.allocation == "equal"
        orders = []
        for own in members:
            share = wanted if equal else -(-wanted * len(own) // max(1, len(rows)))
            found = mean_matching(
                _unit(vectors, own, center, pool.room(1 / 4)), share, np.flatnonzero(kept[own])
            )
            orders.append(own[found])
        order = np.concatenate([*orders, rows[:0]])
        plan = planned_order(groups.codes[order], len(groups.names), limits.rows, self.allocation)
        picks = Admission(limits).add_in_order(order[plan.places])
        reached = np.bincount(groups.codes[picks], minlength=len(groups.names))
        return Selection(
            indices=picks,
            method=self.card.name,
            seed=seed,
            stats={"reached": dict(zip(groups.names, reached.tolist(), strict=True))},
            pool=pool,
        )


def _unit(
    vectors: NDArray[Any], rows: NDArray[np.int64], center: NDArray[np.float64], memory: int
) -> NDArray[np.float32]:
    """Rows about the center, of length 1; a row at the center stays there."""
    out = scratch((len(rows), vectors.shape[1]), np.float32, memory)
    for start in range(0, len(rows), _BLOCK):
        block = vectors[rows[start : start + _BLOCK]]
        out[start : start + _BLOCK] = centered(block, center, spherical=True)
    return out
