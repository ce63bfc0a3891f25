"""Stratified: random inside each group, with a planned number of rows per group."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError


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
        guarantee="every stratum within one row of its share, if no other limit forbids it",
        source="doi:10.2307/2342192",
    )
    by: str = "group"
    allocation: str = "proportional"

    def __post_init__(self) -> None:
        if self.allocation not in _SHARES:
            raise ParameterError("allocation", self.allocation, f"one of {tuple(_SHARES)}")

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
        draws[limits.keep] -= 1.0
        order = np.nonzero(~limits.excluded)[0]
        order = order[np.argsort(draws[order], kind="stable")]
        codes, place = strata.codes[order], strata.places(order)
        sizes = np.bincount(codes, minlength=len(strata.names))
        turn = place if self.allocation == "equal" else (place + 0.5) / sizes[codes]
        stats: dict[str, dict[str, int]] = {}
        if limits.rows is not None:
            shares = _SHARES[self.allocation](sizes, limits.rows)
            turn = np.where(place < shares[codes], -1.0, turn)
            stats["planned"] = dict(zip(strata.names, shares.tolist(), strict=True))
        indices = Admission(limits).add_in_order(order[np.argsort(turn, kind="stable")])
        reached = np.bincount(strata.codes[indices], minlength=len(strata.names))
        stats["reached"] = dict(zip(strata.names, reached.tolist(), strict=True))
        return Selection(indices=indices, method=self.card.name, seed=seed, stats=stats, pool=pool)


def _proportional(sizes: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Share out rows by largest remainder, in exact integers; ties go to the first stratum."""
    total = max(1, int(sizes.sum()))
    shares = sizes * rows // total
    remainders = sizes * rows % total
    shares[np.argsort(-remainders, kind="stable")[: rows - int(shares.sum())]] += 1
    return shares


def _equal(sizes: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Fill all strata to one level; the rows left over go one each to the first larger ones."""
    level = bisect_right(range(rows + 1), rows, key=lambda t: int(np.minimum(sizes, t).sum())) - 1
    shares = np.minimum(sizes, level)
    left = rows - int(shares.sum())
    shares[np.nonzero(sizes > level)[0][:left]] += 1
    return shares


_SHARES = {"proportional": _proportional, "equal": _equal}
