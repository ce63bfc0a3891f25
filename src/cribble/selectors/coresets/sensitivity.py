"""Sensitivity: a weighted sample for the mean loss, from the loss of a few rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.drawing import check_clip, draw_weighted, shuffled
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError, SignalError
from cribble.executors import executor_of, passes_on
from cribble.kernels.cells import Cells, cells_of
from cribble.kernels.cluster_count import check_clusters, count_clusters

Loss = Callable[[NDArray[np.int64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Clustering-based sensitivity sampling: rows of costly clusters, and rows far from centers.

    Rows are clustered, and the loss is asked of the row nearest each center alone. A row's chance
    is in proportion to that loss plus its squared distance to the center: if the loss is smooth
    over the embedding, that bounds its own. The weighted mean loss of the picks is an unbiased
    estimate of the pool's. Exactly the rows asked are drawn, and distinct ones: systematic draws
    along a random order, where the source draws with replacement.

    Args:
        signal: Name of a pool signal, (n, d) float, over which the loss is smooth.
        loss: Name of a pool signal, (n,) losses of 0 or more; or a function from rows, (c,) int64,
            to their losses; None takes all clusters as equally costly.
        clusters: Number of clusters; None takes a tenth of the rows asked; "auto" takes the number
            of best silhouette, "multicut" what a multicut of a sample gives, "mixture" what a
            mixture of Gaussians confirms.
        smoothness: How much a squared distance counts, in mean losses a mean squared distance.
        clip: Largest weight, in multiples of the mean; None for no limit. A clipped estimate is
            biased.

    Raises:
        ParameterError: ``clusters`` or ``smoothness`` is not positive, or ``clip`` is below 1.

    Source:
        Axiotis et al. (2024), arXiv:2402.17327. Our unit of ``smoothness`` leaves losses and
        distances free of scale; losses under a thousandth of their mean are raised to it.
    """

    card: ClassVar[Card] = Card(
        "sensitivity",
        family="coresets",
        needs=("embedding",),
        cost="O(n d clusters) per round of k-means",
        memory="O(n + clusters d)",
        row_bytes=130,
        guarantee="clusters + 1 / eps^2 rows estimate the mean loss within a factor 1 + eps and "
        "eps times the cost of the clusters, if the loss is as smooth as said (with replacement; "
        "row budgets without quotas)",
        source="arXiv:2402.17327",
        explains=("score",),
    )
    signal: str = "embedding"
    loss: str | Loss | None = None
    clusters: int | str | None = None
    smoothness: float = 1.0
    clip: float | None = None

    def __post_init__(self) -> None:
        check_clusters(self.clusters)
        if not self.smoothness > 0:
            raise ParameterError("smoothness", self.smoothness, "above 0")
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            weights: (k,) float64, the inverse chance of each; 1 for kept rows.
            scores: (n,) float64, what chances are in proportion to; their mean is 1.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``; ``losses_asked``.

        Raises:
            SignalError: A signal is missing, has a wrong shape or is not finite everywhere, or a
                loss is negative.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        usual = max(1, limits.most_rows // 10)
        clusters = count_clusters(X, self.clusters, usual, seed=seed, spherical=False)
        passes = passes_on(executor_of(pool), clusters)
        cells = cells_of(X, clusters, seed=seed, passes=passes)
        sizes = self._sizes(pool, cells)
        drawn = draw_weighted(limits, sizes, shuffled(seed, self.card.name), self.clip)
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=drawn.weights,
            scores=sizes,
            stats={**drawn.stats, "losses_asked": len(cells.centers) if self.loss else 0},
            pool=pool,
        )

    def _sizes(self, pool: Pool, cells: Cells) -> NDArray[np.float64]:
        """Bound the loss of every row, in multiples of the mean bound."""
        filled = np.unique(cells.codes)
        middle = cells.middle_rows()[filled]
        losses = np.ones(len(cells.centers))
        if isinstance(self.loss, str):
            losses[filled] = np.asarray(pool.signal(self.loss, ndim=1), dtype=np.float64)[middle]
        elif self.loss is not None and len(middle):
            losses[filled] = self.loss(middle)
        if not (np.isfinite(losses).all() and (losses >= 0).all()):
            raise SignalError("loss", "one is negative or not finite", "hand over losses >= 0")
        own = losses[cells.codes]
        mean = own.mean() if len(own) and own.any() else 1.0
        spread = cells.squares.mean() if len(own) and cells.squares.any() else 1.0
        sizes = np.maximum(own / mean, 1e-3) + self.smoothness * cells.squares / spread
        return sizes / sizes.mean() if len(sizes) else sizes
