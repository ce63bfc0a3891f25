"""Diverse outliers: the best-scored row of each of many clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission, ranked_by_share
from cribble.core import Budget, Card, Pool, Selection
from cribble.kernels.cells import split_cells
from cribble.kernels.cluster_count import check_clusters, count_clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class DiverseOutliers:
    """Diverse outlier sampling, in one shot: informative rows that are spread out.

    Rows are scaled to length 1 and clustered; each cluster gives an equal share, its best-scored
    rows. In its own field the score is how little a detector is sure that an auxiliary image lies
    outside its classes; any score of how informative a row is will do. Kept rows count in their
    cluster.

    Args:
        signal: Name of a pool signal, (n, d) float.
        score: Name of a pool signal, (n,) numbers, large is informative.
        clusters: Number of clusters; None takes one a row asked, as the source does; "auto" takes
            the number of best silhouette, "multicut" what a multicut of a sample gives, "mixture"
            what a mixture of Gaussians confirms. Above 1,000 they are found by splitting about the
            root of as many.

    Raises:
        ParameterError: ``clusters`` is not positive.

    Source:
        Jiang et al. (2024), arXiv:2306.02031, which repeats this for every batch of a training
        run. Where its code fills small clusters up at random, others give their next best.
    """

    card: ClassVar[Card] = Card(
        "diverse-outliers",
        family="coverage",
        needs=("embedding", "quality"),
        cost="O(n d k) per round of k-means up to 1,000 clusters, O(n d k^0.5) above",
        memory="O(n + k d)",
        row_bytes=150,
        source="arXiv:2306.02031",
        explains=("score",),
    )
    signal: str = "embedding"
    score: str = "quality"
    clusters: int | str | None = None

    def __post_init__(self) -> None:
        check_clusters(self.clusters)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the best rows of every cluster within the budget.

        Returns:
            indices: (k,) int64 rows, best first after the kept ones.
            scores: (n,) float64, the scores.
            stats: ``clusters``, and how many of them were ``hit``.

        Raises:
            SignalError: A signal is missing, has a wrong shape or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        scores = np.asarray(pool.signal(self.score, ndim=1), dtype=np.float64)
        X = pool.signal(self.signal, ndim=2)
        usual = max(1, limits.most_rows)
        clusters = count_clusters(X, self.clusters, usual, seed=seed, spherical=True)
        cells = split_cells(X, clusters, seed=seed, spherical=True)
        plan = ranked_by_share(limits, scores, cells.codes, len(cells.centers), "equal")
        indices = Admission(limits).add_in_order(plan.places)
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={
                "clusters": len(cells.centers),
                "hit": len(np.unique(cells.codes[indices])),
            },
            pool=pool,
        )
