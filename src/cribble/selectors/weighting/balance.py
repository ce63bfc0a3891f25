"""Balance: random rows with the weights that make them like the pool, or like the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.constraints.drawing import check_clip
from cribble.core import Budget, Card, Groups, Pool, Selection, row_uniforms, stream
from cribble.core.errors import ParameterError
from cribble.kernels.kernel_mean import median_distance
from cribble.kernels.matching import balance_means
from cribble.kernels.weights import weight_stats
from cribble.signals.target import target_vectors

_AIMS = ("pool", "target")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Random rows, weighted so that their kernel mean is as near the pool's as can be.

    Weights are 0 or more: least maximum mean discrepancy on the simplex. With a grouping, every
    group is balanced by itself, so that weighted groups differ no longer in the signal: covariate
    balance, as for the comparison of a treatment. A group's weights sum to its number of picks.

    Args:
        signal: Name of a pool signal, (n, d) float; of the targets too if they are the aim.
        aim: "pool" or "target": what the weighted rows should be like.
        by: Name of a grouping whose groups are balanced one by one; None for all rows at once.
        width: Standard deviation of the Gaussian kernel, in the unit of the signal; None takes the
            median distance of two rows.
        sample: Most rows that the aim's mean is taken over; of more, random ones.
        clip: Largest weight, in multiples of the mean; None for no limit. The weights are the best
            below it, not cut at it.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Gretton et al. (2012), JMLR 13, 723-773; weights for covariate balance: Kallus (2020),
        arXiv:1612.08321.
    """

    card: ClassVar[Card] = Card(
        "balance",
        family="weighting",
        needs=("embedding",),
        cost="O(k d sample + 500 k^2); above 2,000 picks O((sample + k) (d + 500) 1000)",
        memory="O(n), and 16 k^2 bytes; above 2,000 picks 12 kB a pick",
        row_bytes=110,
        guarantee="no other weights of these picks, none negative or above the clip, have a "
        "smaller discrepancy (up to 2,000 picks, within the solver's tolerance)",
        source="arXiv:1612.08321",
    )
    signal: str = "embedding"
    aim: str = "pool"
    by: str | None = None
    width: float | None = None
    sample: int = 5_000
    clip: float | None = None

    def __post_init__(self) -> None:
        if self.aim not in _AIMS:
            raise ParameterError("aim", self.aim, " or ".join(map(repr, _AIMS)))
        if self.width is not None and not self.width > 0:
            raise ParameterError("width", self.width, "above 0")
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows at random within the budget, and weigh them.

        Returns:
            indices: (k,) int64 rows, in random order after the kept ones.
            weights: (k,) float64 of mean 1.
            stats: ``weight_sum``, ``effective_size``, ``clipped`` (weights at the limit);
                ``discrepancy`` and ``unweighted``, the distance of the means with the weights and
                without, by group; ``width``.

        Raises:
            TargetError: The target is the aim, and there is none or one is empty.
            SignalError: The signal is missing, is not (n, d) or is not finite everywhere.
            UnknownNameError: The pool has no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        rows = pool.signal(self.signal, ndim=2)
        aim = rows if self.aim == "pool" else target_vectors(pool, self.signal)
        draws = row_uniforms(seed, self.card.name, 0, len(pool))
        picks = admission.add_in_order(np.argsort(draws, kind="stable"))
        if len(aim) > self.sample:
            some = stream(seed, "aim of balance").choice(len(aim), self.sample, replace=False)
            aim = aim[np.sort(some)]
        width = self.width or median_distance(rows, seed=seed)
        weights = np.ones(len(picks))
        everyone = Groups(np.zeros(len(pool), dtype=np.int64), ("all",))
        groups = everyone if self.by is None else pool.groups(self.by)
        codes, names = groups.codes, groups.names
        reached: dict[str, float] = {}
        before: dict[str, float] = {}
        for code in np.unique(codes[picks]):
            own = codes[picks] == code
            found = balance_means(rows[picks[own]], aim, width, most=self.clip, seed=seed)
            weights[own] = found.weights
            reached[names[code]], before[names[code]] = found.distance, found.equal
        most = np.inf if self.clip is None else self.clip
        return Selection(
            indices=picks,
            method=self.card.name,
            seed=seed,
            weights=weights,
            stats={
                **weight_stats(weights, int((weights >= most * (1 - 1e-9)).sum())),
                "discrepancy": reached,
                "unweighted": before,
                "width": width,
            },
            pool=pool,
        )
