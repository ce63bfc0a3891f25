"""Max-sum diversification: good rows whose distances add up to the most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.scratch import working_rows
from cribble.objectives.base import Objective
from cribble.objectives.dispersion import METRICS, DisparitySum
from cribble.objectives.facility_location import Affinity
from cribble.objectives.mixture import Mixture, RemovingMixture
from cribble.objectives.modular import Modular, scaled_scores
from cribble.optimizers.base import Run
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.swap import swap

# A pass costs what greedy does, and few are needed; a bound for what might not settle.
_PASSES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxSumDiversification:
    """Maximize the sum of the qualities + lam * the sum of the distances between picks.

    Each step adds the row of largest quality / 2 + lam * summed distance to the picks: the half
    is what the promise rests on. It does not hold within group limits: there the picks of greedy
    are exchanged, one at a time, until no exchange adds more than 1e-4 / k of the value. Distances
    sum over pairs, so the picks gather at the rim of the pool, where GIST or k-center would spread
    them. Without a quality signal every row counts the same.

    Args:
        signal: Name of a pool signal, (n, d) float.
        quality: Name of a pool signal, (n,) float, larger is better; scaled to [0, 1].
        lam: Weight of the distances, 0 or more.
        metric: "euclidean", or "angle" in units of pi. 1 - cosine is no metric, and is refused.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Borodin, Jain, Lee and Ye (2012), arXiv:1203.6397.
    """

    card: ClassVar[Card] = Card(
        "max-sum-diversification",
        family="diversity",
        needs=("embedding",),
        cost="O(n d k)",
        memory="O(n d)",
        row_bytes=110,
        guarantee="at least 1/2 of the best under a row budget, with group limits from 3 rows on",
        source="arXiv:1203.6397",
        explains=("gain",),
    )
    signal: str = "embedding"
    quality: str = "quality"
    lam: float = 1.0
    metric: str = "euclidean"

    def __post_init__(self) -> None:
        if not (self.lam >= 0 and np.isfinite(self.lam)):
            raise ParameterError("lam", self.lam, "finite and 0 or more")
        if self.metric not in METRICS:
            allowed = f"{' or '.join(map(repr, METRICS))}: the promise needs a metric"
            raise ParameterError("metric", self.metric, allowed)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick good rows that are far from one another; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The sum of the qualities + lam * the sum of the distances.
            stats: The two sums, ``quality`` and ``distance``.

        Raises:
            SignalError: A signal is malformed, or the embedding is missing.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        points = (
            Affinity.of(X, "cosine", memory=pool.room(1 / 4)).points
            if self.metric == "angle"
            else working_rows(X, pool.room(1 / 4))
        )
        scores = np.zeros(len(pool))
        if pool.has(self.quality):
            scores = scaled_scores(pool.signal(self.quality, ndim=1))
        quality, distance = Modular(scores), DisparitySum(points, self.metric)
        run = self._run(quality, distance, limits)
        return Selection(
            indices=run.indices,
            method="max-sum-diversification",
            seed=seed,
            gains=run.gains,
            value=run.value,
            stats={"quality": quality.value, "distance": distance.value},
            pool=pool,
        )

    def _run(self, quality: Modular, distance: DisparitySum, limits: Limits) -> Run:
        """Greedy with half of the quality, told with all of it; then exchanges if it needs them."""

        def by_half(whole: Objective, limits: Limits) -> Run:
            run = maximize(Mixture((quality, distance), (0.5, self.lam)), limits)
            gains = run.gains + 0.5 * quality.scores[run.indices]
            return replace(run, gains=gains, value=whole.value)

        whole = RemovingMixture((quality, distance), (1.0, self.lam))
        if limits.rows is None or not limits.column:
            return by_half(whole, limits)
        return swap(whole, limits, by_half, passes=_PASSES)
