"""Stratified: random inside each group, with a planned number of rows per group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission, ranked_by_share
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.kernels.shares import check_allocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratified:
    """Stratified random choice without replacement.

    Each stratum gets its share of the rows: in proportion to its size by largest remainder, or
    equal shares, where a stratum that has fewer rows gives all of them and the others share the
    rest. Inside a stratum the choice is uniform, kept rows first. Where other limits forbid the
    planned shares, the planned rows that they allow come first and the rest is filled in turn.
    Under a cost budget, which has no number of rows to plan, strata take turns: one row each for
    equal shares, in proportion to size otherwise.

    Args:
        by: Name of the grouping.
        allocation: "proportional" or "equal".

    Source:
        Cochran (1977), Sampling Techniques, 3rd edition, chapter 5; proportional allocation
        after Neyman (1934), doi:10.2307/2342192.
    """

    card: ClassVar[Card] = Card(
        "stratified",
        family="baselines",
        needs=("group",),
        cost="O(n log n)",
        memory="O(n)",
        row_bytes=75,
        guarantee="every stratum within one row of its share, if no other limit forbids it",
        source="doi:10.2307/2342192",
    )
    by: str = "group"
    allocation: str = "proportional"

    def __post_init__(self) -> None:
        check_allocation(self.allocation)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows at random within each stratum and the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones in the order they were planned.
            stats: ``planned`` (under a budget in rows) and ``reached``, rows by stratum.

        Raises:
            UnknownNameError: The pool has no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        strata = pool.groups(self.by)
        draws = row_uniforms(seed, "stratified", 0, len(pool))
        number = len(strata.names)
        plan = ranked_by_share(limits, -draws, strata.codes, number, self.allocation)
        stats: dict[str, dict[str, int]] = {}
        if plan.shares is not None:
            stats["planned"] = dict(zip(strata.names, plan.shares.tolist(), strict=True))
        indices = Admission(limits).add_in_order(plan.places)
        reached = np.bincount(strata.codes[indices], minlength=number)
        stats["reached"] = dict(zip(strata.names, reached.tolist(), strict=True))
        return Selection(indices=indices, method=self.card.name, seed=seed, stats=stats, pool=pool)
