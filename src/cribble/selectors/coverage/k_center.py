"""K-center greedy: leave no row of the pool far from a picked one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.executors import executor_of
from cribble.kernels.distances import mean_row, squared_distances
from cribble.kernels.scratch import working_rows
from cribble.optimizers.farthest_first import Spread, farthest_first, farthest_first_in_shards


@dataclass(frozen=True, slots=True, kw_only=True)
class KCenter:
    """Farthest-first traversal: each pick is the row farthest from every center so far.

    The rows that the budget keeps are centers from the start. Under a row budget alone, the
    covering radius is at most twice the least that any set of the same size can reach. Outliers
    are picked first; drop them where they are noise.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean, in its unit.
        first: How the first pick is found where none is kept: "random" draws it by the seed,
            "farthest" takes the row farthest from the mean.
        shards: More than 1 picks in as many random shards, then in the union of their picks, for
            pools that one machine does not hold; the radius is then at most four times the least,
            and ``stats["least_radius"]`` bounds that from below.

    Raises:
        ParameterError: ``first`` is neither, or ``shards`` is below 1.

    Source:
        Gonzalez (1985), doi:10.1016/0304-3975(85)90224-5; in active learning, Sener and
        Savarese (2018), arXiv:1708.00489; in two rounds, Malkomes et al. (2015), NIPS 28.
    """

    card: ClassVar[Card] = Card(
        "k-center",
        family="coverage",
        needs=("embedding",),
        cost="O(n d k), most of it pruned",
        memory="O(n + k d)",
        row_bytes=50,
        guarantee="covering radius at most twice the optimum, over shards four times (row budgets "
        "without quotas)",
        source="doi:10.1016/0304-3975(85)90224-5",
        explains=("gain", "assignment"),
    )
    signal: str = "embedding"
    first: str = "random"
    shards: int = 1

    def __post_init__(self) -> None:
        if self.first not in ("random", "farthest"):
            raise ParameterError("first", self.first, "'random' or 'farthest'")
        if self.shards < 1:
            raise ParameterError("shards", self.shards, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that spread over the pool.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, distance of each pick to its nearest earlier center, or inf.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``radius``, the largest distance from any row to its nearest pick; over shards
                also ``least_radius``, within which no k rows cover the pool (None with quotas or
                kept rows), and ``lost``, the share of the radius above it.
            value: None: the radius is to be made small, and the gains do not add up to it.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        admission = Admission(limits)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4), half=True)
        rows = np.nonzero(admission.open_rows())[0]
        first, least = self._first_pick(X, rows, seed), None
        if self.shards > 1:
            where = executor_of(pool)
            spread, least = farthest_first_in_shards(X, limits, first, self.shards, seed, where)
        else:
            spread = farthest_first(X, admission, first)
        return Selection(
            indices=spread.picks,
            method="k-center",
            seed=seed,
            gains=np.sqrt(spread.apart),
            assignment=spread.owner,
            stats=_stats(spread, least if limits.plain else None, self.shards > 1),
            pool=pool,
        )

    def _first_pick(self, X: NDArray[Any], rows: NDArray[np.int64], seed: int) -> int:
        if not len(rows):
            return -1
        if self.first == "random":
            return int(rows[stream(seed, "first center").integers(len(rows))])
        return int(rows[np.argmax(squared_distances(X, mean_row(X))[rows])])


def _stats(spread: Spread, least: float | None, sharded: bool) -> dict[str, float | None]:
    if not len(spread.picks):
        return {}
    radius = float(np.sqrt(spread.reach))
    if not sharded:
        return {"radius": radius}
    lost = 1 - least / radius if least is not None and radius > 0 else None
    return {"radius": radius, "least_radius": least, "lost": lost}
