"""projektor: shares of sources that a few pilots, or transport alone, say are best for a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.constraints.ranking import ranked
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.mixtures import MixtureDistance
from cribble.kernels.shares import share_order
from cribble.selectors.targeted.pilots import (
    Pilot,
    check_pilots,
    highest_score,
    least_distance,
    scales,
)
from cribble.signals.target import target_vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Projektor:
    """Rows drawn at random from each source, in the shares that promise the best score.

    A pilot is a model trained on a small mixture of the sources and scored. The score is fitted
    by the shares and the transport distance from the mixture to the target, at each number of
    rows apart, and the best shares at the largest one are found by gradients. A line in the
    logarithm of the number of rows tells what to expect at the budget. The fit needs 3 m - 1
    pilots at each number of rows for m sources, is better with thrice as many, and means little
    far from them; numbers of rows should lie a factor of 4 apart or more. Without pilots, the
    shares are those of the least distance, which knows nothing of what a model learns.

    The transport is entropic and not debiased, and sees vectors but no labels.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float; costs are squared distances.
        by: The grouping whose groups are the sources.
        pilots: One entry a pilot: number of rows, score (larger is better), and the share of each
            source by its name; shares are scaled to sum to 1.
        sample: Rows that stand for a source, at most; ten times as many for the target.
        epsilon: Strength of the entropy term, as a share of the mean cost.
        iterations: Of each transport problem, at most.
        tolerance: When these stop, as a share of the mean cost.
        steps: Of the search for the best shares, at most.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Kang et al. (2023), Performance Scaling via Optimal Transport, arXiv:2307.02460.
    """

    card: ClassVar[Card] = Card(
        "projektor",
        family="targeted",
        needs=("embedding", "group", "target"),
        cost="O(n + m sample^2 d steps) for m sources",
        memory="O(n + m sample d)",
        row_bytes=110,
        source="arXiv:2307.02460",
    )
    signal: str = "embedding"
    by: str = "group"
    pilots: tuple[Pilot, ...] = ()
    sample: int = 100
    epsilon: float = 0.05
    iterations: int = 100
    tolerance: float = 1e-4
    steps: int = 30

    def __post_init__(self) -> None:
        for name in ("epsilon", "tolerance"):
            if not (np.isfinite(value := getattr(self, name)) and value > 0):
                raise ParameterError(name, value, "above 0")
        for name in ("sample", "iterations", "steps"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")
        check_pilots(self.pilots)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows at random by source; ``seed`` draws them, and the samples of the sources.

        Returns:
            indices: (k,) int64 rows; every prefix after the kept ones holds the shares.
            stats: ``shares`` and ``picks`` by source, ``transport`` of the shares; with pilots also
                ``predicted_score`` at the number of picks and ``fit``, R squared at each number
                of rows.

        Raises:
            ParameterError: There are fewer pilots at a number of rows than the fit needs.
            UnknownNameError: A pilot names a source that the pool does not have.
            TargetError: There is no target, or one is empty.
            SignalError: The signal or grouping is missing or malformed, or pool and target differ
                in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        groups, aims = pool.groups(self.by), target_vectors(pool, self.signal)
        sources = np.unique(groups.codes)
        table = scales(self.pilots, [groups.names[code] for code in sources])
        shares: NDArray[np.float64] = np.zeros(len(sources))
        stats: dict[str, Any] = {}
        if len(sources):
            codes = np.searchsorted(sources, groups.codes)
            distance = self._distance(pool, codes, aims, seed)
            if table:
                most = admission.limits.most_rows
                shares, stats = highest_score(table, distance, most, self.steps)
            else:
                shares, stats = least_distance(distance, len(sources), self.steps)
        draws = row_uniforms(seed, "projektor", 0, len(pool))
        order = ranked(admission.limits, -draws)
        weights = np.zeros(len(groups.names))
        weights[sources] = shares
        indices = admission.add_in_order(order[share_order(groups.codes[order], weights)])
        picks = np.bincount(groups.codes[indices], minlength=len(groups.names))
        return Selection(
            indices=indices,
            method="projektor",
            seed=seed,
            stats={
                "shares": dict(zip(groups.names, weights.tolist(), strict=True)),
                "picks": dict(zip(groups.names, picks.tolist(), strict=True)),
                **stats,
            },
            pool=pool,
        )

    def _distance(
        self, pool: Pool, codes: NDArray[np.int64], aims: NDArray[Any], seed: int
    ) -> MixtureDistance:
        """Transport between samples: of every source equally many rows, if it has them."""
        draws = np.argsort(row_uniforms(seed, "projektor sample", 0, len(pool)), kind="stable")
        by_source = draws[np.argsort(codes[draws], kind="stable")]
        ends = np.bincount(codes).cumsum()
        place = np.arange(len(codes)) - np.concatenate([[0], ends])[codes[by_source]]
        rows = by_source[place < self.sample]
        some = np.argsort(row_uniforms(seed, "projektor target", 0, len(aims)), kind="stable")
        return MixtureDistance(
            pool.signal(self.signal, ndim=2)[rows],
            codes[rows],
            aims[np.sort(some[: 10 * self.sample])],
            self.epsilon,
            self.iterations,
            self.tolerance,
        )
