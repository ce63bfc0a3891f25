"""Multiwinner rules: several rankings elect a committee of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists
from cribble.objectives.facility_location import ListedFacilityLocation
from cribble.optimizers.knapsack import maximize

RULES = ("borda", "sntv", "bloc", "chamberlin-courant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiwinner:
    """Rows that several rankings elect together, under limits on groups.

    Each score column ranks the pool. "borda": a row has one point for every row ranked below it,
    and the set has the sum over rows and rankings. "bloc": each ranking has one point for each of
    its first k rows. "sntv": it has one for its first row alone. "chamberlin-courant": each
    ranking is as content as the Borda points of its best picked row. Rows that tie share the
    points of the places they take. Only ranks count, so that columns need no common scale.

    Where a ranking is biased against a group, ``at_least`` for that group brings back what bias
    took; where the groups truly differ, it costs value instead. The first three rules give each
    row a number of points, and their sets are the best there are under any budget in rows. For
    the last, greedy is followed by Borda points once every ranking has its best.

    Args:
        signals: Names of pool signals, (n,) or (n, p) numbers, large is good; each column ranks.
        rule: "borda", "sntv", "bloc" or "chamberlin-courant"; Borda points break ties of "sntv"
            and "bloc".
        depth: Places that count: the first of them has ``depth`` Borda points, the last one, and
            those below none (truncated Borda). None counts all, from n - 1 points down to none.

    Raises:
        ParameterError: ``signals`` is empty, there is no such rule, or ``depth`` is below 1.

    Source:
        Under group bounds and bias, Boehmer, Celis, Huang, Mehrotra and Vishnoi (2023),
        arXiv:2306.09835; greedy for "chamberlin-courant", Lu and Boutilier (IJCAI 2011).
    """

    card: ClassVar[Card] = Card(
        "multiwinner",
        family="constrained",
        needs=("quality", "difficulty"),
        cost="O(n R log n) for R rankings",
        memory="O(n R)",
        row_bytes=160,
        guarantee="the best under any budget in rows; chamberlin-courant at least 1 - 1/e of it "
        "under a row budget, 1/2 under group limits",
        source="arXiv:2306.09835",
        explains=("gain", "score"),
    )
    signals: tuple[str, ...] = ("quality", "difficulty")
    rule: str = "borda"
    depth: int | None = None

    def __post_init__(self) -> None:
        if not self.signals:
            raise ParameterError("signals", self.signals, "the names of one or more scores")
        if self.rule not in RULES:
            raise ParameterError("rule", self.rule, " or ".join(RULES))
        if self.depth is not None and self.depth < 1:
            raise ParameterError("depth", self.depth, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Elect rows within the budget; nothing is drawn.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then by points or, for
                "chamberlin-courant", by what they add.
            gains: (k,) float64, what each pick added to the value.
            value: The points of the set under the rule.
            upper_bound: What no set within the budget exceeds; None for a rule of points under a
                cost budget.
            scores: (n,) float64 points of each row, Borda points for "chamberlin-courant".
            stats: For each ranking ``best_place``, that of its best pick (0 is the first), and
                ``top_share``, the share of its first k rows that were picked.

        Raises:
            SignalError: A score is missing or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        columns = [np.asarray(pool.signal(name), dtype=np.float64) for name in self.signals]
        votes = np.column_stack(columns)
        n = len(pool)
        deepest = n - 1 if self.depth is None else min(self.depth, n)
        borda = _points(votes, np.maximum(deepest - np.arange(n, dtype=np.float64), 0.0))
        scores = borda.sum(axis=1)
        upper: float | None
        if self.rule == "chamberlin-courant":
            indices, gains, upper = _contenting(borda, scores, limits)
        else:
            order = np.argsort(-scores, kind="stable")
            if self.rule != "borda":
                scores = _points(votes, self._places(n, limits)).sum(axis=1)
                order = order[np.argsort(-scores[order], kind="stable")]
            indices = Admission(limits).add_in_order(order)
            gains = scores[indices]
            upper = None if limits.rows is None else float(gains.sum())
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            gains=gains,
            value=float(gains.sum()),
            upper_bound=upper,
            scores=scores,
            stats=_contents(votes, indices),
            pool=pool,
        )

    def _places(self, n: int, limits: Limits) -> NDArray[np.float64]:
        """Points of each place, (n,) float64, for "sntv" and "bloc"."""
        winners = 1 if self.rule == "sntv" else limits.most_rows
        return (np.arange(n) < winners).astype(np.float64)


def _points(votes: NDArray[Any], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each row the points of its place in each ranking, (n, R); ties share theirs."""
    points = np.empty(votes.shape)
    before = np.concatenate([[0.0], np.cumsum(places)])
    for ranking in range(votes.shape[1]):
        _, tied, sizes = np.unique(-votes[:, ranking], return_inverse=True, return_counts=True)
        ends = np.cumsum(sizes)
        points[:, ranking] = ((before[ends] - before[ends - sizes]) / sizes)[tied.ravel()]
    return points


def _contenting(
    borda: NDArray[np.float64], scores: NDArray[np.float64], limits: Limits
) -> tuple[NDArray[np.int64], NDArray[np.float64], float | None]:
    """Pick by greedy while a ranking can still be more content, then by Borda points."""
    n, rankings = borda.shape
    start = np.arange(0, n * rankings + 1, max(1, rankings))[: n + 1]
    targets = np.tile(np.arange(rankings, dtype=np.int32), n)
    lists = Lists(start, targets, borda.astype(np.float32).ravel())
    run = maximize(ListedFacilityLocation(lists, rankings), limits)
    idle = np.nonzero(run.gains[len(limits.keep) :] <= 0)[0]
    used = len(limits.keep) + int(idle[0]) if len(idle) else len(run.indices)
    admission = Admission(limits)
    for row in run.indices[len(limits.keep) : used].tolist():
        admission.add(row)
    indices = admission.add_in_order(np.argsort(-scores, kind="stable"))
    gains = np.zeros(len(indices))
    gains[:used] = run.gains[:used]
    return indices, gains, run.upper_bound


def _contents(votes: NDArray[np.float64], indices: NDArray[np.int64]) -> dict[str, Any]:
    k = len(indices)
    if not k:
        return {}
    below = _points(votes, np.arange(len(votes) - 1, -1, -1, dtype=np.float64))[indices]
    places = len(votes) - 1 - below
    return {
        "best_place": places.min(axis=0).tolist(),
        "top_share": ((places < k).sum(axis=0) / k).tolist(),
    }
