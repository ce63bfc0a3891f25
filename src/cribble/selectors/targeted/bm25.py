"""BM25: each target row in turn takes the row of the pool that answers its words best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.kernels.topk import Nearest
from cribble.optimizers.round_robin import ranking_starts, round_robin
from cribble.signals import bm25
from cribble.signals.ngram import joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25:
    """Rows that share rare words with the target, picked round robin; no vectors are needed.

    As in `rds-plus`, each row of one target has a turn, or each of several targets, which then
    ranks the pool by the largest score for any of its rows. Rows without a word of the target
    score 0 and come last, in their order.

    Args:
        k1: How slowly more of one word stops counting, 0 or more.
        b: How much long rows pay for their length, in [0, 1].
        ngrams: Longest n-gram that counts as a word.
        buckets: Number of hash buckets.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Robertson and Zaragoza (2009), doi:10.1561/1500000019; as a way to choose data, round
        robin as in Ivison et al. (2025), arXiv:2503.01807.
    """

    card: ClassVar[Card] = Card(
        "bm25",
        family="targeted",
        needs=("text", "target"),
        cost="O(n q) for rows that share words",
        memory="O(k + words of target)",
        row_bytes=110,
        target_bytes=200_000,
        guarantee="each target row, or each of several targets, picks equally often",
        source="doi:10.1561/1500000019",
    )
    k1: float = 1.2
    b: float = 0.75
    ngrams: int = 1
    buckets: int = 1 << 20

    def __post_init__(self) -> None:
        self._scoring()

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows that answer the target best; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then in the order of turns.
            reasons: The target row that each pick is nearest to; rows and targets count from 0.
            stats: ``mean_score`` of the picks, ``picks_per_query`` in the order of target rows,
                ``passes`` over the pool.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: Pool or target has no text, or not one a row.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        kept = len(admission.picks)
        sizes = [len(target) for target in pool.target_pools()]
        index = self._scoring().index(pool, joined(pool.target_pools()))
        starts = ranking_starts(sizes)

        def search(count: int, blocked: NDArray[np.bool_]) -> Nearest:
            return index.top(pool, count, starts, blocked, pool.memory // 4)

        turns = round_robin(admission, search, len(starts) - 1, pool.memory // 4)
        return Selection(
            indices=np.asarray(admission.picks, dtype=np.int64),
            method="bm25",
            seed=seed,
            reasons=["kept by the budget"] * kept + turns.reasons(sizes, "BM25"),
            stats={
                "mean_score": float(turns.scores.mean()) if len(turns.scores) else None,
                "picks_per_query": np.bincount(turns.owners, minlength=sum(sizes)).tolist(),
                "passes": turns.passes,
            },
            pool=pool,
        )

    def _scoring(self) -> bm25.Bm25:
        return bm25.Bm25(k1=self.k1, b=self.b, ngrams=self.ngrams, buckets=self.buckets)
