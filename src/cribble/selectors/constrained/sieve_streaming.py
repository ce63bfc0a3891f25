"""Sieve-streaming: a subset of high value from one pass over the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.core import Budget, Card, Pool, Selection, check_limits
from cribble.core.errors import ParameterError
from cribble.objectives.facility_location import SIMILARITIES
from cribble.objectives.streamed import FUNCTIONS, fold, over_pool
from cribble.optimizers.sieve import SieveStream


@dataclass(frozen=True, slots=True, kw_only=True)
class SieveStreaming:
    """One pass in row order: a set for each threshold takes what gains at least that much.

    The picks are the best of these sets, filled up from the few rows that are held, or greedy
    among those where that is better. In any order of the rows the value is at least
    1 / (2 (1 + eps)) of the best possible. The size of the blocks in which the pool is read
    changes nothing.

    Facility location is measured towards a uniform sample of the pool, which is read before the
    pass, and its value scaled to the pool; it is exact, with an upper bound, where the sample is
    the pool. The other functions need no sample and always come with an upper bound.

    Args:
        signal: Name of a pool signal, (n, d) float.
        objective: "facility-location"; "feature-based", the sum of the square roots of what the
            picks have of each feature; or "log-det", log det(I + cosines of the picks).
        similarity: "phantom" or "cosine", for facility location.
        reference: Rows of the sample, for facility location.
        eps: Ratio between thresholds, less 1.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Kazemi, Mitrovic, Zadimoghaddam, Lattanzi and Karbasi (2019), arXiv:1905.00948;
        Badanidiyuru et al. (2014), doi:10.1145/2623330.2623637.
    """

    card: ClassVar[Card] = Card(
        "sieve-streaming",
        family="constrained",
        needs=("embedding",),
        cost="O(n d r), r the reference, and O(n r log(k) / eps) at most",
        memory="O(k / eps) rows, O(r log(k) / eps)",
        row_bytes=110,
        guarantee="at least 1/2 - eps of the best, in any order, from one pass",
        source="arXiv:1905.00948",
        limits=("rows", "keep", "drop"),
        explains=("gain",),
    )
    signal: str = "embedding"
    objective: str = "facility-location"
    similarity: str = "phantom"
    reference: int = 1_000
    eps: float = 0.1

    def __post_init__(self) -> None:
        for name, known in (("objective", FUNCTIONS), ("similarity", SIMILARITIES)):
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), " or ".join(known))
        if self.reference < 1:
            raise ParameterError("reference", self.reference, "1 or more")
        if not self.eps > 0:
            raise ParameterError("eps", self.eps, "above 0")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows in one pass.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set; estimated where facility location uses a sample.
            upper_bound: What no set within the budget exceeds; None where the value is estimated.
            stats: ``held``, rows held at the end, and ``reference``, rows of the sample.

        Raises:
            UnsupportedLimitError: The budget is in cost, or limits groups.
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
        """
        check_limits(self.card, budget, ("fair-streaming", "facility-location"))
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        function, scale, sampled = over_pool(
            X, self.objective, self.similarity, self.reference, seed
        )
        start, kept_gains = fold(function, X[limits.keep])
        room = limits.most_rows - len(limits.keep)
        sieve = SieveStream(function, room, eps=self.eps, seed=seed, start=start)
        may_pass = ~limits.excluded
        may_pass[limits.keep] = False
        step = pool.block_rows(X.itemsize * X.shape[1])
        for low in range(0, len(X), step):
            rows = low + np.nonzero(may_pass[low : low + step])[0]
            sieve.push(rows, X[rows])
        run = sieve.result()
        gains = np.concatenate([kept_gains, run.gains]) * scale
        upper = run.upper_bound
        return Selection(
            indices=np.concatenate([limits.keep, run.indices]),
            method="sieve-streaming",
            seed=seed,
            gains=gains,
            value=float(gains.sum()),
            upper_bound=None if upper is None or scale != 1 else float(kept_gains.sum()) + upper,
            stats={"held": len(sieve.held), "reference": sampled},
            pool=pool,
        )
