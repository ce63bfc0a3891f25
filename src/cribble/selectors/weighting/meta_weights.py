"""Meta weights: middling rows of each class, weighted by what they do for a few clean rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.core.errors import ParameterError, SignalError, TargetError
from cribble.kernels.distances import mean_row, squared_distances
from cribble.kernels.meta_weights import meta_weights
from cribble.kernels.shares import planned_order
from cribble.kernels.weights import clip_weights, weight_stats
from cribble.kernels.widening import wide_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaWeights:
    """A coreset whose weights say which labels to trust, for want of trusting all.

    Each class gives as many rows: those whose distance to the median of the class is nearest to
    the middle of all such distances. A linear classifier is then fitted to the picks step by step,
    and a pick weighs how far the steps along its gradient lower the loss of the target's rows,
    whose labels are known to be right; a step that raises it counts 0. The rest of the pool gets
    its weights from the picks: `cribble.signals.propagation.propagate`.

    Args:
        signal: Name of a signal of pool and target, (n, d) float; taken about the pool's mean and
            scaled to length 1.
        by: Name of the grouping of pool and target that holds the labels.
        steps: Steps of the classifier.
        rate: Length of a step; longer ones than 1 may overshoot, and then wrong rows gain weight.
        clip: Largest weight, in multiples of the mean; None for no limit.

    Raises:
        ParameterError: ``steps`` or ``rate`` is not positive, or ``clip`` is below 1.

    Source:
        The power of few (2024), arXiv:2403.12166: there a small network maps losses to weights.
        Ours are those of one step, Ren et al. (2018), arXiv:1803.09050, on a linear classifier.
        Middling rows: Xia et al. (2023), Moderate coreset, ICLR.
    """

    card: ClassVar[Card] = Card(
        "meta-weights",
        family="weighting",
        needs=("embedding", "group", "target"),
        cost="O(n d + steps k d classes)",
        memory="O(n d) where one class has most rows",
        source="arXiv:2403.12166",
        out_of_core=False,
    )
    signal: str = "embedding"
    by: str = "group"
    steps: int = 100
    rate: float = 1.0
    clip: float | None = 10.0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ParameterError("steps", self.steps, "1 or more")
        if not self.rate > 0:
            raise ParameterError("rate", self.rate, "above 0")
        if self.clip is not None and not self.clip >= 1:
            raise ParameterError("clip", self.clip, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick middling rows of every class within the budget, and weigh them.

        Returns:
            indices: (k,) int64 rows, after the kept ones the most middling first, class by turns.
            weights: (k,) float64, of mean 1 before clipping.
            stats: ``weight_sum``, ``effective_size``, ``clipped``.

        Raises:
            TargetError: There is no target, one is empty, or none of its labels is in the pool.
            SignalError: A signal is missing, is not (n, d), or is not finite everywhere.
            UnknownNameError: The pool or a target has no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X, groups = pool.signal(self.signal, ndim=2), pool.groups(self.by)
        clean, truth = self._clean(pool, X.shape[1], groups.names)
        center, number = mean_row(X), len(groups.names)
        order = ranked(limits, -_from_middle(X, groups.codes, limits))
        plan = planned_order(groups.codes[order], number, limits.rows, "equal")
        picks = Admission(limits).add_in_order(order[plan.places])
        weights = np.ones(0)
        if len(picks):
            rows, wanted = _unit(X[picks], center), groups.codes[picks]
            weights = meta_weights(
                rows, wanted, _unit(clean, center), truth, number, steps=self.steps, rate=self.rate
            )
        cut, clipped = clip_weights(weights, self.clip)
        return Selection(
            indices=picks,
            method=self.card.name,
            seed=seed,
            weights=cut,
            stats=weight_stats(cut, clipped),
            pool=pool,
        )

    def _clean(
        self, pool: Pool, dim: int, names: tuple[str, ...]
    ) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Rows of all targets whose label the pool has, and the pool's code of it."""
        place = {name: code for code, name in enumerate(names)}
        rows, codes = [], []
        for target in pool.target_pools():
            vectors, own = target.signal(self.signal, ndim=2), target.groups(self.by)
            if vectors.shape[1] != dim:
                found = f"the pool has {dim} dimensions, a target {vectors.shape[1]}"
                raise SignalError(self.signal, found, "embed both with the same embedder")
            known = np.array([place.get(name, -1) for name in own.names], dtype=np.int64)
            code = known[own.codes]
            rows.append(vectors[code >= 0])
            codes.append(code[code >= 0])
        if len(pool) and not sum(map(len, codes)):
            raise TargetError("none of its labels is in the pool", "name labels as the pool does")
        return np.concatenate(rows), np.concatenate(codes)


def _from_middle(X: NDArray[Any], codes: NDArray[np.int64], limits: Limits) -> NDArray[np.float64]:
    """How many ranks of distance to its class's median each row is from the middle one."""
    out = np.zeros(len(X))
    rows = np.flatnonzero(~limits.excluded)
    order = rows[np.argsort(codes[rows], kind="stable")]
    for own in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        if len(own):
            vectors = wide_rows(X[own])
            median = np.median(vectors, axis=0).astype(np.float64)
            rank = np.argsort(np.argsort(squared_distances(vectors, median), kind="stable"))
            out[own] = np.abs(rank - (len(own) - 1) / 2)
    return out


def _unit(rows: NDArray[Any], center: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows about the center, of length 1, and a column of ones."""
    gaps = rows - center
    length = np.linalg.norm(gaps, axis=1, keepdims=True)
    return np.hstack([gaps / np.where(length > 0, length, 1.0), np.ones((len(gaps), 1))])
