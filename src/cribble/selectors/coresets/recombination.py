"""Recombination: weighted rows whose feature means are exactly the pool's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.constraints.drawing import affordable_rows
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.kernels.distances import BLOCK, mean_row
from cribble.kernels.recombination import recombine
from cribble.kernels.threads import limited_threads
from cribble.kernels.weights import weight_stats


@dataclass(frozen=True, slots=True, kw_only=True)
class Recombination:
    """Weighted rows that have exactly the pool's mean in as many directions as they can.

    k rows match k - 1 means: those of all features where there are no more, else those along the
    first k - 1 principal directions of the scaled features. So the weighted mean of any linear
    function of the features is the pool's. Products of features as further columns make second
    moments exact too. A kept row stands for itself, with weight 1, and takes one of the k. Where
    limits put other rows in their place, weights are the nearest that are 0 or more.

    Args:
        signal: Name of a pool signal, (n, d) float, the features.

    Source:
        Maalouf, Jubran and Feldman (2019), arXiv:1906.04705; as quadrature, Hayakawa, Oberhauser
        and Lyons (2022), arXiv:2107.09597.
    """

    card: ClassVar[Card] = Card(
        "recombination",
        family="coresets",
        needs=("embedding",),
        cost="O(n d min(d, k) + k^3 log n)",
        memory="O(n + d^2 + k d)",
        row_bytes=110,
        guarantee="the weighted mean of every feature is the pool's, exactly, if there are fewer "
        "features than free picks (row budgets without quotas)",
        source="arXiv:1906.04705",
    )
    signal: str = "embedding"

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick and weigh rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then the heaviest first.
            weights: (k,) float64, 0 or more, summing to the rows that are not dropped.
            stats: ``matched``, how many means are matched; ``moment_error``, the largest gap of
                one of them, in standard deviations; ``weight_sum``; ``effective_size``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        admission = Admission(limits)
        kept = len(limits.keep)
        order = np.argsort(row_uniforms(seed, self.card.name, 0, len(pool)), kind="stable")
        free = order[~admission.blocked[order]]
        count = min(max(0, affordable_rows(limits) - kept), len(free))
        features = _Features.of(X, free, count - 1)
        weights = np.zeros(len(pool))
        weights[limits.keep] = 1.0
        best = free
        if count:
            rows, found = recombine(features, free, count)
            weights[rows] = found
            best = np.concatenate([rows[np.lexsort((rows, -found))], free])
            best = best[np.sort(np.unique(best, return_index=True)[1])]
        indices = admission.add_in_order(best)
        picks, total = indices[kept:], len(free)
        mean = np.asarray([features(free[i : i + BLOCK]).sum(axis=0) for i in _starts(free)])
        target = mean.sum(axis=0) / max(1, total) if total else np.zeros(0)
        own = features(picks)
        if len(picks) and abs(weights[picks].sum() - total) > 1e-6 * total:
            weights[picks] = _nearest_weights(own, target, total)
        weights = weights[indices]
        error = np.abs(weights[kept:] @ own / max(1, total) - target).max(initial=0.0)
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            weights=weights,
            stats={
                "matched": own.shape[1],
                "moment_error": float(error),
                **weight_stats(weights),
            },
            pool=pool,
        )


def _starts(rows: NDArray[np.int64]) -> range:
    return range(0, len(rows), BLOCK)


def _nearest_weights(
    own: NDArray[np.float64], target: NDArray[np.float64], total: int
) -> NDArray[np.float64]:
    """Weights of 0 or more that sum to ``total``, with a weighted mean near the target."""
    from scipy.optimize import nnls

    # The sum counts ten times as much as a mean; what is left of it, scaling mends.
    stack = np.concatenate([own.T, np.full((1, len(own)), 10.0)])
    found, _ = nnls(stack, np.append(target, 10.0), maxiter=30 * stack.shape[1])
    weights: NDArray[np.float64] = found * (total / found.sum())
    return weights


@dataclass(frozen=True, slots=True)
class _Features:
    """Features of mean 0 and spread 1 along uncorrelated directions, the widest first."""

    X: NDArray[Any]
    center: NDArray[np.float64]
    axes: NDArray[np.float64]

    @classmethod
    def of(cls, X: NDArray[Any], rows: NDArray[np.int64], most: int) -> _Features:
        if not len(rows) or most < 1:
            return cls(X, np.zeros(X.shape[1]), np.zeros((X.shape[1], 0)))
        center = mean_row(X)
        gram = np.zeros((X.shape[1], X.shape[1]))
        with limited_threads(1):
            for start in _starts(rows):
                block = X[rows[start : start + BLOCK]].astype(np.float64) - center
                gram += block.T @ block
            spread = np.sqrt(gram.diagonal() / len(rows))
            scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
            values, vectors = np.linalg.eigh(gram * scale[:, None] * scale / len(rows))
        used = np.nonzero(values > 1e-12 * max(values.max(initial=0.0), 1e-300))[0][::-1][:most]
        return cls(X, center, scale[:, None] * vectors[:, used] / np.sqrt(values[used]))

    def __call__(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        block = self.X[rows].astype(np.float64) - self.center
        found: NDArray[np.float64] = block @ self.axes
        return found
