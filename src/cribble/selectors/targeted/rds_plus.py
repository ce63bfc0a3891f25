"""RDS+: each target row in turn takes the row of the pool nearest to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.executors import ShardedRows, executor_of
from cribble.kernels.topk import Nearest
from cribble.optimizers.round_robin import ranking_starts, round_robin
from cribble.signals.target import target_vectors

_MODES = ("round-robin", "global")


@dataclass(frozen=True, slots=True, kw_only=True)
class RdsPlus:
    """Nearest rows by cosine, picked round robin, so that no part of the target is lost.

    With one target each of its rows has a turn, in order; with several, each target has a turn
    and ranks the pool by the largest cosine to any of its rows. A row that is taken or that a
    limit refuses is passed over within the turn. A zero vector has cosine 0 to everything. The
    picks are those of full float64 rankings, ties to the lowest row, but only the heads of the
    rankings are held.

    The paper embeds with the position-weighted mean of a language model's last hidden states
    (``--embed hf:NAME``); any embedding serves.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float.
        mode: "round-robin", or "global": the rows with the largest cosine to any target row,
            most of them near the parts of the target where the pool is dense.

    Source:
        Ivison et al. (2025), Large-Scale Data Selection for Instruction Tuning,
        arXiv:2503.01807.
    """

    card: ClassVar[Card] = Card(
        "rds-plus",
        family="targeted",
        needs=("embedding", "target"),
        cost="O(n q d)",
        memory="O(k + q d)",
        row_bytes=20,
        guarantee="each target row, or each of several targets, picks equally often",
        source="arXiv:2503.01807",
    )
    signal: str = "embedding"
    mode: str = "round-robin"

    def __post_init__(self) -> None:
        if self.mode not in _MODES:
            raise ParameterError("mode", self.mode, " or ".join(map(repr, _MODES)))

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows nearest to the target; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then in the order of turns.
            reasons: The target row that each pick is nearest to; rows and targets count from 0.
            stats: ``mean_cosine`` of the picks, ``picks_per_query`` in the order of target rows,
                ``passes`` over the pool.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: The signal is missing, is not (n, d) or not finite, or pool and target
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        kept = len(admission.picks)
        targets = pool.target_pools()
        vectors = pool.signal(self.signal, ndim=2)
        queries = target_vectors(pool, self.signal)
        sizes = [len(target) for target in targets]
        everything = np.array([0, len(queries)])
        starts = ranking_starts(sizes) if self.mode == "round-robin" else everything

        rows = ShardedRows(vectors, executor_of(pool))

        def search(count: int, blocked: NDArray[np.bool_]) -> Nearest:
            return rows.nearest_to(queries, count, starts, blocked, pool.memory // 2)

        turns = round_robin(admission, search, len(starts) - 1, pool.memory // 4)
        return Selection(
            indices=np.asarray(admission.picks, dtype=np.int64),
            method="rds-plus",
            seed=seed,
            reasons=["kept by the budget"] * kept + turns.reasons(sizes, "cosine"),
            stats={
                "mean_cosine": float(turns.scores.mean()) if len(turns.scores) else None,
                "picks_per_query": np.bincount(turns.owners, minlength=len(queries)).tolist(),
                "passes": turns.passes,
            },
            pool=pool,
        )
