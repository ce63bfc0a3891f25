"""CCS: cut the hardest rows off, then cover all that is left of the range of difficulty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Limits, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.shares import nested_shares, planned_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Ccs:
    """Coverage-centric selection: strata of equal width in difficulty, filled to one level.

    The hardest rows, which are often mislabeled, are cut off; the range of the other scores is
    cut into strata of equal width; strata give equal shares, and a stratum that has fewer rows
    gives them all. Inside a stratum the choice is uniform. Rows that were cut off are picked only
    where the limits leave nothing else, the least hard ones first. Kept rows count in their
    stratum. Balance of classes is no part of the method; with ``by`` it runs in each class apart,
    and classes keep their shares of the pool.

    Args:
        signal: Name of a pool signal, (n,) numbers; `cribble.signals.difficulty` makes some from
            the log of a training run.
        largest: Whether a large score is a hard one (EL2N, forgetting); not so for AUM.
        strata: Number of strata.
        cut: Share of the rows that is cut off, in [0, 1). The source searches [0, 0.5] for each
            budget; 0.3 is what it found at a tenth of the rows.
        cut_by: Name of a pool signal, (n,) numbers, small is hard, that says what is cut off: the
            source cuts by AUM, whatever the strata are of. None cuts by ``signal``.
        by: Name of the grouping of classes to run in; None runs over all rows.
        tails: Share of the rows at either end that the strata's widths leave out, in [0, 0.5):
            such rows belong to the first or the last stratum. A few far scores would else leave
            most strata empty; 0 cuts the whole range, as the source does.

    Raises:
        ParameterError: ``strata`` is not positive, ``cut`` is not in [0, 1) or ``tails`` is not in
            [0, 0.5).

    Source:
        Zheng et al. (2023), arXiv:2210.15809. The source gives leftover rows to the largest
        strata; among strata of one size it favors the last, we the first.
    """

    card: ClassVar[Card] = Card(
        "ccs",
        family="coverage",
        needs=("difficulty",),
        cost="O(n log n)",
        memory="O(n)",
        row_bytes=75,
        guarantee="every stratum of difficulty gives its equal share (plain row budgets)",
        source="arXiv:2210.15809",
        explains=("score",),
    )
    signal: str = "difficulty"
    largest: bool = True
    strata: int = 50
    cut: float = 0.3
    cut_by: str | None = None
    by: str | None = None
    tails: float = 0.0

    def __post_init__(self) -> None:
        if self.strata < 1:
            raise ParameterError("strata", self.strata, "1 or more")
        if not 0 <= self.cut < 1:
            raise ParameterError("cut", self.cut, "in [0, 1)")
        if not 0 <= self.tails < 0.5:
            raise ParameterError("tails", self.tails, "in [0, 0.5)")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of every difficulty but the highest within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones stratum by stratum in random order.
            scores: (n,) float64 difficulty, large is hard.
            stats: ``cut_above``, the least difficulty that was cut off (None where nothing was;
                minus the score of ``cut_by``);
                ``strata``, rows picked of each stratum, from easy to hard, over all classes, cut
                rows left out.

        Raises:
            SignalError: The score is missing, is not (n,) or is not finite everywhere.
            UnknownNameError: There is no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        scores = np.asarray(pool.signal(self.signal, ndim=1), dtype=np.float64)
        scores = scores if self.largest else -scores
        classes = np.zeros(limits.size, dtype=np.int64)
        if self.by is not None:
            classes = pool.groups(self.by).codes
        bars = scores
        if self.cut_by is not None:
            bars = -np.asarray(pool.signal(self.cut_by, ndim=1), dtype=np.float64)
        hardest = self._hardest(limits, bars, classes)
        whole = np.ones(limits.size, dtype=bool)
        whole[hardest] = False
        order = ranked(limits, -row_uniforms(seed, "ccs", 0, len(pool)))
        order = order[whole[order]]
        number = int(classes.max(initial=0)) + 1
        codes = np.full(limits.size, -1, dtype=np.int64)
        codes[order] = self._strata(scores[order], classes[order], number)
        shares, leaves = None, number * self.strata
        if limits.rows is not None:
            sizes = np.bincount(codes[order], minlength=leaves)
            above = np.repeat(np.arange(number), self.strata)
            shares = nested_shares(sizes, [above], min(limits.rows, len(order)), "proportional")
        plan = planned_order(codes[order], leaves, limits.rows, "equal", shares)
        indices = Admission(limits).add_in_order(
            np.concatenate([order[plan.places], hardest[::-1]])
        )
        reached = codes[indices][codes[indices] >= 0] % self.strata
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={
                "cut_above": float(bars[hardest[-1]]) if len(hardest) else None,
                "strata": np.bincount(reached, minlength=self.strata).tolist(),
            },
            pool=pool,
        )

    def _hardest(
        self, limits: Limits, scores: NDArray[np.float64], classes: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The hardest rows of every class, the hardest first; kept rows are spared."""
        sizes = np.bincount(classes[~limits.excluded])
        rows = ranked(limits, scores)[len(limits.keep) :]
        place = np.empty(len(rows), dtype=np.int64)
        by_class = np.argsort(classes[rows], kind="stable")
        counts = np.bincount(classes[rows])
        place[by_class] = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        hardest: NDArray[np.int64] = rows[place < np.floor(self.cut * sizes)[classes[rows]]]
        return hardest

    def _strata(
        self, scores: NDArray[np.float64], classes: NDArray[np.int64], number: int
    ) -> NDArray[np.int64]:
        """Number the strata of equal width of each class, from easy to hard."""
        sizes = np.bincount(classes, minlength=number)
        starts = np.cumsum(sizes) - sizes
        out = np.minimum(
            (self.tails * sizes + 1e-9).astype(np.int64), np.maximum(sizes - 1, 0) // 2
        )
        rising = np.append(scores[np.lexsort((scores, classes))], 0.0)  # classes may be empty
        low, high = rising[starts + out], rising[starts + np.maximum(sizes - 1 - out, 0)]
        width = np.where(high > low, high - low, self.strata) / self.strata
        # The last stratum is closed on the right, so the maximum belongs to it.
        place = np.clip((scores - low[classes]) / width[classes], 0, self.strata - 1)
        numbered: NDArray[np.int64] = classes * self.strata + place.astype(np.int64)
        return numbered
