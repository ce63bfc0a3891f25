"""Quality ensemble: several scorers put rows into buckets, and the best verdict counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.shares import share_order
from cribble.signals.classifier import target_log_odds


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEnsemble:
    """Percentile buckets of several quality scores, joined by their maximum.

    Each scorer puts the rows into buckets of equal size by its own percentiles, equal scores
    into one; a row's bucket is the best that any scorer gives it. Scorers find different good
    rows, and their scales need not agree. The top bucket therefore holds more than its share.
    Within a bucket rows go by their mean percentile.

    Args:
        classifier: Let a classifier that is trained on the target against the pool be a scorer.
        signals: Names of pool signals, (n,) numbers, the larger the better, that are scorers.
        buckets: Number of buckets of each scorer.
        shares: Shares of the budget for the buckets, the best first; rows of the others come
            last. Empty to take the best buckets whole.

    Raises:
        ParameterError: A parameter is outside what it may be, or there is no scorer.

    Source:
        Su et al. (2024), Nemotron-CC, arXiv:2412.02595.
    """

    card: ClassVar[Card] = Card(
        "quality-ensemble",
        family="targeted",
        needs=("text", "target"),
        cost="O(bytes of text + n log n)",
        memory="O(n x scorers)",
        row_bytes=110,
        target_bytes=600_000,
        source="arXiv:2412.02595",
        explains=("score",),
    )
    classifier: bool = True
    signals: tuple[str, ...] = ()
    buckets: int = 20
    shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (self.classifier or self.signals):
            raise ParameterError("signals", self.signals, "at least one, without a classifier")
        if self.buckets < 1:
            raise ParameterError("buckets", self.buckets, "1 or more")
        shares = np.asarray(self.shares, dtype=np.float64)
        if len(shares) > self.buckets or not (np.isfinite(shares) & (shares > 0)).all():
            raise ParameterError("shares", self.shares, "positive, and one a bucket at most")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows from the best buckets; ``seed`` draws what the classifier learns from.

        Returns:
            indices: (k,) int64 rows, best first after the kept ones.
            scores: (n,) float64, the bucket of each row, from 0.
            stats: ``rows_per_bucket`` and ``picks_per_bucket``, from bucket 0.

        Raises:
            TargetError: The classifier has no target, or one is empty.
            SignalError: Text or a score is missing, malformed or not finite.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        scorers = [np.asarray(pool.signal(name, ndim=1)) for name in self.signals]
        if self.classifier:
            scorers.append(target_log_odds(pool, pool.target_pools(), seed))
        percentiles = np.stack([_percentiles(scores) for scores in scorers])
        bucket = np.ceil(percentiles * self.buckets - 1e-9).astype(np.int64).max(axis=0) - 1
        picks = admission.add_in_order(self._order(bucket, percentiles.mean(axis=0)))
        return Selection(
            indices=picks,
            method="quality-ensemble",
            seed=seed,
            scores=bucket.astype(np.float64),
            stats={
                "rows_per_bucket": np.bincount(bucket, minlength=self.buckets).tolist(),
                "picks_per_bucket": np.bincount(bucket[picks], minlength=self.buckets).tolist(),
            },
            pool=pool,
        )

    def _order(
        self, bucket: NDArray[np.int64], percentile: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Order the rows so that every prefix holds the shares, as far as the buckets reach."""
        best = np.lexsort((-percentile, -bucket))
        if not self.shares:
            return best
        weights = np.zeros(self.buckets)
        weights[: len(self.shares)] = self.shares
        return best[share_order(self.buckets - 1 - bucket[best], weights)]


def _percentiles(scores: NDArray[np.generic]) -> NDArray[np.float64]:
    """Share of rows that score no more, (n,) in (0, 1]."""
    return np.searchsorted(np.sort(scores), scores, side="right") / max(1, len(scores))
