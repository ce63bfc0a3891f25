"""Pivotal leverage: rows of high leverage that are spread over space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.drawing import check_clip, draw_weighted
from cribble.core import Budget, Card, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.kernels.leverage_scores import leverage_scores
from cribble.kernels.sampling import pivotal, spread_order


@dataclass(frozen=True, slots=True, kw_only=True)
class PivotalLeverage:
    """Rows drawn by leverage in duels between neighbors, so that neighbors rarely both come.

    Each row comes with the same chance as under `leverage`, and has the same weight; but the rows
    are the leaves of a tree that halves space, and the closest meet first. Labels of the picks
    tell more about a smooth function than those of independent draws.

    Args:
        signal: Name of a pool signal, (n, d) float, the design matrix, and the space to spread in.
        tree: How space is halved: "coordinate", along each coordinate in turn, or "pca", along the
            first principal direction of each part.
        clip: Largest weight, in multiples of the mean; None for no limit. A clipped estimate is
            biased.

    Raises:
        ParameterError: ``tree`` is neither, or ``clip`` is below 1.

    Source:
        Shimizu et al. (2024), arXiv:2310.04966.
    """

    card: ClassVar[Card] = Card(
        "pivotal-leverage",
        family="coresets",
        needs=("embedding",),
        cost="O(n d^2 + n log^2 n)",
        memory="O(n + d^2)",
        row_bytes=240,
        guarantee="O(d log d + d / eps) rows give a squared error within 1 + eps of the least; "
        "O(d / eps) for polynomials in one dimension (row budgets without quotas)",
        source="arXiv:2310.04966",
        explains=("score",),
    )
    signal: str = "embedding"
    tree: str = "coordinate"
    clip: float | None = None

    def __post_init__(self) -> None:
        if self.tree not in ("coordinate", "pca"):
            raise ParameterError("tree", self.tree, "'coordinate' or 'pca'")
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            weights: (k,) float64, the inverse chance of each; 1 for kept rows.
            scores: (n,) float64 leverage.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        scores = leverage_scores(X)

        def duels(rows: NDArray[np.int64], chances: NDArray[np.float64]) -> NDArray[np.bool_]:
            # Rows that are certain leave the contest, and are no neighbors of the others.
            rivals = np.nonzero(chances < 1)[0]
            order = rivals[spread_order(X, rows[rivals], self.tree)]
            drawn = chances >= 1
            drawn[order] = pivotal(chances[order], stream(seed, self.card.name))
            return drawn

        drawn = draw_weighted(limits, scores, duels, self.clip)
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=drawn.weights,
            scores=scores,
            stats=drawn.stats,
            pool=pool,
        )
