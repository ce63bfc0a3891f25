"""SemDeDup: of rows that say the same, keep one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.executors import executor_of, passes_on
from cribble.kernels.cells import cells_of
from cribble.kernels.cluster_count import check_clusters, count_clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class Semdedup:
    """Semantic deduplication: the rows least like any better row of their cluster.

    Rows are clustered; inside a cluster the better rows come first, and the redundancy of a row is
    its largest cosine to a row before it. The source removes all above a threshold; here the most
    redundant rows are removed until the budget fits, so the threshold is an outcome. Kept rows are
    better than all others. Duplicates in different clusters are not found.

    Args:
        signal: Name of a pool signal, (n, d) float.
        quality: Name of a pool signal, (n,) numbers, large is better; None takes rows far from
            their center for the better ones, as the source does.
        clusters: Number of clusters; None takes one a thousand rows; "auto" takes the number of
            best silhouette, "multicut" what a multicut of a sample gives, "mixture" what a mixture
            of Gaussians confirms.

    Raises:
        ParameterError: ``clusters`` is not positive.

    Source:
        Abbas et al. (2023), arXiv:2303.09540.
    """

    card: ClassVar[Card] = Card(
        "semdedup",
        family="coverage",
        needs=("embedding",),
        cost="O(n d clusters) per round of k-means, then O(n^2 d / clusters)",
        memory="O(n + clusters d)",
        row_bytes=150,
        guarantee="no two picks of one cluster are more alike than the picked threshold",
        source="arXiv:2303.09540",
        explains=("score", "assignment"),
    )
    signal: str = "embedding"
    quality: str | None = None
    clusters: int | str | None = None

    def __post_init__(self) -> None:
        check_clusters(self.clusters)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the least redundant rows within the budget.

        Returns:
            indices: (k,) int64 rows, least redundant first after the kept ones.
            scores: (n,) float64, minus the largest cosine to a better row of the cluster; 1 for
                the best row of a cluster, and for rows that are dropped.
            assignment: (n,) int64, for each row the pick it repeats most, found from better row to
                better row; -1 for rows that are dropped.
            stats: ``threshold``, the largest cosine of a pick to a better row (None without
                picks).

        Raises:
            SignalError: A signal is missing, has a wrong shape or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.redundancy import cell_redundancy

        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        usual = max(1, len(pool) // 1000)
        clusters = count_clusters(X, self.clusters, usual, seed=seed, spherical=True)
        better = None
        if self.quality is not None:
            better = np.asarray(pool.signal(self.quality, ndim=1), dtype=np.float64)
        passes = passes_on(executor_of(pool), clusters)
        cells = cells_of(X, clusters, seed=seed, spherical=True, passes=passes)
        order = ranked(limits, cells.squares if better is None else better)
        cosine, repeats = cell_redundancy(X, cells.codes, order)
        indices = Admission(limits).add_in_order(ranked(limits, -cosine))
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=-cosine,
            assignment=_owners(indices, repeats, limits),
            stats={"threshold": float(cosine[indices].max()) if len(indices) else None},
            pool=pool,
        )


def _owners(
    indices: NDArray[np.int64], repeats: NDArray[np.int64], limits: Limits
) -> NDArray[np.int64]:
    """Follow each row to the better row it repeats, and so on, until a pick; -1 if none comes."""
    place = np.full(limits.size, -1, dtype=np.int64)
    place[indices] = np.arange(len(indices))
    target = np.where(place >= 0, np.arange(limits.size), repeats)
    while not np.array_equal(further := target[target], target):
        target = further
    return place[target]
