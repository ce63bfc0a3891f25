"""Fair k-center: leave no row far from a pick, with the picks that each group is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection, stream
from cribble.kernels.scratch import working_rows
from cribble.optimizers.farthest_first import Spread, farthest_first
from cribble.optimizers.matched_centers import match_centers


@dataclass(frozen=True, slots=True, kw_only=True)
class FairKCenter:
    """Centers within group bounds, with a radius of at most three times the least there is.

    The bounds are the budget's ``at_least`` and ``at_most``; where both are equal, counts are
    exact. Farthest-first centers over the whole pool are moved to near rows of groups that are
    due, by a maximum matching, and the rest of the budget is spread over what is left farthest.
    The other candidate is farthest-first within the limits (`k-center`), which is often as good
    and promises nothing; the better one is returned. Under a cost budget it is the only one.

    Every row is to be covered, a dropped one too. Outliers decide the radius: drop them and
    leave them out of the pool where they are noise.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean, in its unit.

    Source:
        Jones, Nguyen and Nguyen (2020), proceedings.mlr.press/v119/jones20a; the problem,
        Kleindessner, Awasthi and Morgenstern (2019), arXiv:1901.08628.
    """

    card: ClassVar[Card] = Card(
        "fair-k-center",
        family="constrained",
        needs=("embedding",),
        cost="O(n d k), most of it pruned, and O(log k) maximum flows of k C pairs for C groups",
        memory="O(n + k d + k C)",
        row_bytes=110,
        guarantee="covering radius at most three times the optimum (row budgets)",
        source="proceedings.mlr.press/v119/jones20a; arXiv:1901.08628",
        explains=("gain", "assignment"),
    )
    signal: str = "embedding"

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick centers within the limits; where no row is kept, ``seed`` draws the first.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, distance of each pick to its nearest earlier one, or inf.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``radius``, the largest distance from any row to its nearest pick;
                ``least_radius``, which no set within the limits is below (row budgets);
                ``rule``, "matching" or "farthest-first"; ``matched``, centers that were matched.
            value: None: the radius is to be made small, and the gains do not add up to it.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        rows = np.nonzero(Admission(limits).open_rows())[0]
        first = int(rows[stream(seed, "first center").integers(len(rows))]) if len(rows) else -1
        stats: dict[str, Any] = {"rule": "farthest-first"}
        best = None
        if limits.rows:
            best, stats = _matching(X, limits, first)
        if best is None or limits.column:
            walk = farthest_first(X, Admission(limits), first)
            if best is None or walk.reach < best.reach:
                best, stats["rule"] = walk, "farthest-first"
        if len(best.picks):
            stats["radius"] = float(np.sqrt(best.reach))
        return Selection(
            indices=best.picks,
            method=self.card.name,
            seed=seed,
            gains=np.sqrt(best.apart),
            assignment=best.owner,
            stats=stats,
            pool=pool,
        )


def _matching(X: NDArray[Any], limits: Limits, first: int) -> tuple[Spread, dict[str, Any]]:
    """Match the centers of an unrestricted cover, and spread the rest of the budget."""
    everywhere = Budget(rows=limits.rows, keep=limits.keep.tolist()).resolve(Pool.from_array(X))
    cover = farthest_first(X, Admission(everywhere), first)
    matched = match_centers(X, limits, cover)
    admission = Admission(limits)
    for row in matched.picks[len(limits.keep) :].tolist():
        admission.add(row)
    stats = {
        "rule": "matching",
        "matched": len(matched.picks),
        "least_radius": float(np.sqrt(matched.bound)),
    }
    return farthest_first(X, admission, first), stats
