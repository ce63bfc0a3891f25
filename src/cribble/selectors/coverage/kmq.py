"""kMQ: cover all clusters, and prefer quality inside each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Pool, Selection, row_gumbels
from cribble.kernels.cells import cells_of
from cribble.kernels.cluster_count import check_clusters, count_clusters
from cribble.kernels.shares import check_allocation, planned_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Kmq:
    """K-means-quality: clusters get shares, and rows are drawn inside them by softmax of quality.

    The draw is without replacement: the largest sums of quality and Gumbel noise. With equal
    qualities this is stratified random choice over the clusters. Kept rows count in their
    cluster.

    Args:
        signal: Name of a pool signal, (n, d) float.
        quality: Name of a pool signal, (n,) numbers; one unit more makes a row e times as likely
            as another of its cluster. The source takes scores from 1 to 6 as they are.
        clusters: Number of clusters. The source takes 512 to 4,096 for 10,000 rows; None takes a
            quarter of the rows asked, 1,024 at most; "auto" takes the number of best silhouette,
            "multicut" what a multicut of a sample gives.
        allocation: "proportional" to the clusters' sizes, as in the source, or "equal", as in
            its released code.
        spherical: Whether rows are scaled to length 1 first, which clusters by cosine.

    Raises:
        ParameterError: ``clusters`` is not positive or ``allocation`` is neither.

    Source:
        Yu et al. (2024), arXiv:2409.11378. Where its code loses rows of clusters that are too
        small, they go to other clusters.
    """

    card: ClassVar[Card] = Card(
        "kmq",
        family="coverage",
        needs=("embedding", "quality"),
        cost="O(n d clusters) per round of k-means",
        memory="O(n + clusters d), and a quarter of the rows",
        guarantee="every cluster within one row of its share (plain row budgets)",
        source="arXiv:2409.11378",
    )
    signal: str = "embedding"
    quality: str = "quality"
    clusters: int | str | None = None
    allocation: str = "proportional"
    spherical: bool = True

    def __post_init__(self) -> None:
        check_clusters(self.clusters)
        check_allocation(self.allocation)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of every cluster within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones in the order drawn.
            stats: ``clusters``, and how many of them were ``hit``.

        Raises:
            SignalError: A signal is missing, has a wrong shape or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        quality = np.asarray(pool.signal(self.quality, ndim=1), dtype=np.float64)
        X = pool.signal(self.signal, ndim=2)
        usual = min(1024, max(1, limits.most_rows // 4))
        clusters = count_clusters(X, self.clusters, usual, seed=seed, spherical=self.spherical)
        cells = cells_of(X, clusters, seed=seed, spherical=self.spherical)
        order = ranked(limits, quality + row_gumbels(seed, "kmq", 0, len(pool)))
        codes = cells.codes[order]
        plan = planned_order(codes, len(cells.centers), limits.rows, self.allocation)
        indices = Admission(limits).add_in_order(order[plan.places])
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            stats={
                "clusters": len(cells.centers),
                "hit": len(np.unique(cells.codes[indices])),
            },
            pool=pool,
        )
