"""Fair streaming: a subset of high value under group limits, from two passes over the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.core import Budget, Card, Pool, Selection, check_limits
from cribble.core.errors import ParameterError
from cribble.objectives.facility_location import SIMILARITIES
from cribble.objectives.streamed import FUNCTIONS, fold, over_pool
from cribble.optimizers.fair_stream import FairLimits, FairStream


@dataclass(frozen=True, slots=True, kw_only=True)
class FairStreaming:
    """Two passes in row order: what can meet the limits, then swaps for what gains twice as much.

    Group minima and maxima hold to the row. In any order of the rows the value is at least 1/4
    of the best within the limits. The size of the blocks in which the pool is read changes
    nothing. Unlike the authors' algorithm for groups that cross a matroid, which meets half of
    each minimum, one grouping alone is limited.

    Facility location is measured towards a uniform sample of the pool, which is read before the
    passes, and its value scaled to the pool.

    Args:
        signal: Name of a pool signal, (n, d) float.
        objective: "facility-location"; "feature-based", the sum of the square roots of what the
            picks have of each feature; or "log-det", log det(I + cosines of the picks).
        similarity: "phantom" or "cosine", for facility location.
        reference: Rows of the sample, for facility location.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        El Halabi, Fusco, Norouzi-Fard, Tardos and Tarnawski (2023), arXiv:2305.15118; the swaps,
        Chakrabarti and Kale (2015), arXiv:1309.2038.
    """

    card: ClassVar[Card] = Card(
        "fair-streaming",
        family="constrained",
        needs=("embedding",),
        cost="O(n d r), r the reference",
        memory="O(k C) rows, C the groups, and O(k r)",
        guarantee="at least 1/4 of the best within the limits, in any order, from two passes",
        source="arXiv:2305.15118",
        limits=("rows", "quota", "keep", "drop"),
        explains=("gain",),
    )
    signal: str = "embedding"
    objective: str = "facility-location"
    similarity: str = "phantom"
    reference: int = 1_000

    def __post_init__(self) -> None:
        for name, known in (("objective", FUNCTIONS), ("similarity", SIMILARITIES)):
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), " or ".join(known))
        if self.reference < 1:
            raise ParameterError("reference", self.reference, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows in two passes.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set; estimated where facility location uses a sample.
            stats: ``swaps`` in the second pass, and ``reference``, rows of the sample.

        Raises:
            UnsupportedLimitError: The budget is in cost.
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        check_limits(self.card, budget, ("facility-location", "rand-greedi"))
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        function, scale, sampled = over_pool(
            X, self.objective, self.similarity, self.reference, seed
        )
        start, kept_gains = fold(function, X[limits.keep])
        codes = limits.groups.codes
        kept = np.bincount(codes[limits.keep], minlength=len(limits.lower))
        rest = FairLimits(
            limits.most_rows - len(limits.keep),
            np.maximum(limits.lower - kept, 0),
            limits.upper - kept,
        )
        found = FairStream(function, rest, seed=seed, start=start)
        may_pass = ~limits.excluded
        may_pass[limits.keep] = False
        step = pool.block_rows(X.itemsize * X.shape[1])
        for take in (found.look, found.push):
            for low in range(0, len(X), step):
                rows = low + np.nonzero(may_pass[low : low + step])[0]
                take(rows, codes[rows], X[rows])
        run = found.result()
        gains = np.concatenate([kept_gains, run.gains]) * scale
        return Selection(
            indices=np.concatenate([limits.keep, run.indices]),
            method="fair-streaming",
            seed=seed,
            gains=gains,
            value=float(gains.sum()),
            stats={"swaps": found.swaps, "reference": sampled},
            pool=pool,
        )
