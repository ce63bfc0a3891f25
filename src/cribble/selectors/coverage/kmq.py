"""kMQ: cover all clusters, and prefer quality inside each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cribble.constraints import Admission, ranked, ranked_by_share
from cribble.core import Budget, Card, Pool, Selection, row_gumbels, stream
from cribble.core.errors import ParameterError, SignalError
from cribble.executors import ShardedRows, executor_of, passes_on
from cribble.kernels.cells import Cells, cells_of
from cribble.kernels.cluster_count import check_clusters, count_clusters
from cribble.kernels.shares import check_allocation, share_order

Score = Callable[[NDArray[np.int64]], ArrayLike]
# A cluster that scored nothing in one round may still be drawn from in the next.
_UNIFORM = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Kmq:
    """K-means-quality: clusters get shares, and rows are drawn inside them by softmax of quality.

    The draw is without replacement: the largest sums of quality and Gumbel noise. With equal
    qualities this is stratified random choice over the clusters. Kept rows count in their
    cluster.

    The iterative form draws the budget in rounds. After each but the last, your function trains on
    the rows drawn so far, or asks a model about them, and scores them; clusters whose rows score
    high get more of the next round.

    Args:
        signal: Name of a pool signal, (n, d) float.
        quality: Name of a pool signal, (n,) numbers; one unit more makes a row e times as likely
            as another of its cluster. The source takes scores from 1 to 6 as they are.
        clusters: Number of clusters. The source takes 512 to 4,096 for 10,000 rows; None takes a
            quarter of the rows asked, 1,024 at most; "auto" takes the number of best silhouette,
            "multicut" what a multicut of a sample gives, "mixture" what a mixture of Gaussians
            confirms.
        allocation: "proportional" to the clusters' sizes, as in the source, or "equal", as in
            its released code.
        spherical: Whether rows are scaled to length 1 first, which clusters by cosine.
        sample: Rows that the centers are found on, for pools that are too large for all rounds of
            k-means. None for all.
        rounds: Rounds that share the budget evenly; the source takes 3. Above 1 they need
            ``score``, and ``allocation`` is how the first round is shared.
        score: A function of all rows drawn so far, (m,) int64, that returns how much there is to
            learn from each, (m,) numbers; the source's is how far the tuned model's answer falls
            short of the right one. The weight of a cluster is multiplied by the mean of its rows
            (the mean of all clusters for one without rows), above the least mean where that is
            negative, and a twentieth of all weight is spread evenly.

    Raises:
        ParameterError: ``clusters``, ``sample`` or ``rounds`` is not positive, ``allocation`` is
            neither, or ``rounds`` and ``score`` do not go together.

    Source:
        Yu et al. (2024), arXiv:2409.11378. Where its code loses rows of clusters that are too
        small, they go to other clusters.
    """

    card: ClassVar[Card] = Card(
        "kmq",
        family="coverage",
        needs=("embedding", "quality"),
        cost="O(n d clusters) per round of k-means",
        memory="O(n + clusters d)",
        row_bytes=130,
        guarantee="every cluster within one row of its share (plain row budgets)",
        source="arXiv:2409.11378",
    )
    signal: str = "embedding"
    quality: str = "quality"
    clusters: int | str | None = None
    allocation: str = "proportional"
    spherical: bool = True
    sample: int | None = None
    rounds: int = 1
    score: Score | None = None

    def __post_init__(self) -> None:
        check_clusters(self.clusters)
        if self.sample is not None and self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")
        check_allocation(self.allocation)
        if self.rounds < 1 or (self.rounds > 1) != (self.score is not None):
            raise ParameterError("rounds", self.rounds, "2 or more with a score, 1 without")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of every cluster within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones in the order drawn.
            stats: ``clusters``, and how many of them were ``hit``; in rounds, ``weights``, those
                of all clusters in each round.

        Raises:
            SignalError: A signal or what ``score`` returned is missing, has a wrong shape or is not
                finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        quality = np.asarray(pool.signal(self.quality, ndim=1), dtype=np.float64)
        usual = min(1024, max(1, limits.most_rows // 4))
        cells = self._cells(pool, usual, seed)
        keys = quality + row_gumbels(seed, "kmq", 0, len(pool))
        admission, told = Admission(limits), {}
        if self.score is None:
            plan = ranked_by_share(limits, keys, cells.codes, len(cells.centers), self.allocation)
            admission.add_in_order(plan.places)
        else:
            order = ranked(limits, keys)
            told["weights"] = self._in_rounds(admission, order, cells.codes, self.score)
        indices = np.asarray(admission.picks, dtype=np.int64)
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            stats={
                "clusters": len(cells.centers),
                "hit": len(np.unique(cells.codes[indices])),
                **told,
            },
            pool=pool,
        )

    def _cells(self, pool: Pool, usual: int, seed: int) -> Cells:
        X = pool.signal(self.signal, ndim=2)
        some = X
        if self.sample is not None and self.sample < len(X):
            drawn = stream(seed, "kmq sample").choice(len(X), self.sample, replace=False)
            some = X[np.sort(drawn)]
        clusters = count_clusters(some, self.clusters, usual, seed=seed, spherical=self.spherical)
        executor = executor_of(pool)
        passes = passes_on(executor, clusters)
        cells = cells_of(some, clusters, seed=seed, spherical=self.spherical, passes=passes)
        if some is X:
            return cells
        rows = ShardedRows(X, executor)
        return Cells(cells.centers, *rows.assign(cells.centers, spherical=self.spherical))

    def _in_rounds(
        self,
        admission: Admission,
        order: NDArray[np.int64],
        codes: NDArray[np.int64],
        score: Score,
    ) -> list[list[float]]:
        """Draw round after round; returns the weights of the clusters in each."""
        sizes = np.bincount(codes).astype(np.float64)
        weights = sizes if self.allocation == "proportional" else (sizes > 0).astype(np.float64)
        weights = weights / max(1.0, weights.sum())
        used = [weights.tolist()]
        for turn in range(1, self.rounds):
            _draw(admission, order, codes, weights, turn / self.rounds)
            rows = np.asarray(admission.picks, dtype=np.int64)
            if len(rows):
                means = _cluster_means(_checked(score(rows), len(rows)), codes[rows], len(weights))
                weights = _reweighted(weights, means)
            used.append(weights.tolist())
        left = order[admission.open_rows()[order]]
        admission.add_in_order(left[share_order(codes[left], weights)])
        return used


def _draw(
    admission: Admission,
    order: NDArray[np.int64],
    codes: NDArray[np.int64],
    weights: NDArray[np.float64],
    share: float,
) -> None:
    """Add rows by the weights of their clusters until a share of the budget is spent."""
    limits = admission.limits
    left = order[admission.open_rows()[order]]
    for row in left[share_order(codes[left], weights)].tolist():
        if limits.rows is not None:
            spent = len(admission.picks) >= share * limits.rows
        else:
            spent = admission.spent >= share * float(limits.cost or 0.0)
        if spent:
            break
        if admission.admits(row):
            admission.add(row)


def _checked(scores: ArrayLike, count: int) -> NDArray[np.float64]:
    found: NDArray[Any] = np.asarray(scores, dtype=np.float64)
    if found.shape != (count,):
        raise SignalError("score", f"its shape is {found.shape}", f"return one of {count:,} rows")
    if not np.isfinite(found).all():
        raise SignalError("score", "it holds NaN or infinity", "return finite numbers")
    return found


def _cluster_means(
    scores: NDArray[np.float64], codes: NDArray[np.int64], clusters: int
) -> NDArray[np.float64]:
    counts = np.bincount(codes, minlength=clusters)
    means = np.bincount(codes, scores, minlength=clusters) / np.maximum(counts, 1)
    means[counts == 0] = means[counts > 0].mean()
    return means


def _reweighted(weights: NDArray[np.float64], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights in proportion to weight times mean score, a twentieth spread evenly."""
    raised = weights * (means - min(0.0, means.min()))
    if raised.sum() > 0:
        weights = raised / raised.sum()
    mixed: NDArray[np.float64] = (1 - _UNIFORM) * weights + _UNIFORM / len(weights)
    return mixed
