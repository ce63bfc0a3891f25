"""Graph cut: rows that are like the pool, and unlike one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.objectives import graph_cut as objectives
from cribble.objectives.facility_location import Affinity
from cribble.optimizers.registry import check_optimizer, optimize


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCut:
    """Greedy maximization of similarity to the pool, less similarity among the picks.

    The value is the sum of s_ij over all rows i and picks j, less ``lam`` times the sum of s_ij
    over ordered pairs of picks, a pick with itself too. s_ij = (1 + cosine) / 2 is never negative,
    which the promise needs, and linear, so that no pair is ever stored.

    Args:
        signal: Name of a pool signal, (n, d) float.
        lam: Weight of the redundancy, 0 or more. Above 1/2 a pick may lower the value: a cost
            budget may be left unspent then, and double greedy alone certifies the value.
        optimizer: "lazy", the picks of plain greedy and usually the fastest; "stochastic", the
            best of rows drawn at each step, and "threshold", few passes over the rows, both for
            gains so alike that old ones rule few rows out; "greedy-max", a better promise under
            a cost budget; "enumeration", the best promise there, for n^2 gains; "swap", greedy
            improved by exchanges, each pass about as much work again; "random-greedy", chance
            among the best, for ``lam`` above 1/2. Where any number of rows will do, by a cost
            budget that pays for all, "double-greedy" has at least 1/3 of the best for ``lam`` up
            to 1, and "random-double-greedy" 1/2 on average over seeds.

    Raises:
        ParameterError: ``lam`` is negative, or there is no such optimizer.

    Source:
        Lin and Bilmes (2011), A Class of Submodular Functions for Document Summarization,
        aclanthology.org/P11-1052; the greedy is doi:10.1007/BF01588971.
    """

    card: ClassVar[Card] = Card(
        "graph-cut",
        family="diversity",
        needs=("embedding",),
        cost="O(n d), and O(d) a gain",
        memory="O(n d)",
        row_bytes=110,
        guarantee="at least 1 - 1/e of the best under a row budget, where lam is at most 1/2",
        source="doi:10.1007/BF01588971",
        explains=("gain",),
    )
    signal: str = "embedding"
    lam: float = 0.4
    optimizer: str = "lazy"

    def __post_init__(self) -> None:
        check_optimizer(self.optimizer)
        if not self.lam >= 0:
            raise ParameterError("lam", self.lam, "0 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that are like the pool and unlike one another.

        ``seed`` serves optimizers that draw.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set.
            upper_bound: What no set within the budget exceeds; None where ``lam`` is above 1/2,
                but for double greedy.
            stats: ``evaluations``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked, or for less than all of
                them with a double greedy.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        points = Affinity.of(
            pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4)
        ).points
        run = optimize(objectives.GraphCut(points, self.lam), limits, self.optimizer, seed)
        return Selection(
            indices=run.indices,
            method="graph-cut",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            stats={"evaluations": run.evaluations},
            pool=pool,
        )
