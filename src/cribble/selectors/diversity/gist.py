"""GIST: rows of high quality, no two of them closer than a distance it finds itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Limits, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.kernels.distances import Centers, mean_row, working_rows
from cribble.kernels.separation import far_pair
from cribble.optimizers.separated import Separation

THRESHOLDS = ("geometric", "half-distances", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """Greedy independent set thresholding: the best of many sets that keep their distance.

    Maximizes alpha * (mean quality) + (1 - alpha) * (least distance between two picks) /
    (diameter), with the quality scaled to [0, 1] over the pool. For each threshold rows are
    visited from the best down, and a row joins if it keeps the threshold to all that joined
    before. Only sets that use the budget up are compared. Without a quality signal every row
    counts the same, and the picks are simply far apart.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean.
        quality: Name of a pool signal, (n,) float, larger is better; used where the pool has it.
        alpha: Weight of the quality, in [0, 1].
        eps: Ratio between geometric thresholds, less 1; they run from eps / 2 of the diameter to
            all of it.
        thresholds: "geometric", "half-distances" (half of the distances among 256 rows or fewer)
            or "both".

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Fahrbach, Ramalingam, Zadimoghaddam, Ahmadian, Citovsky and DeSalvo (2025),
        arXiv:2405.18754.
    """

    card: ClassVar[Card] = Card(
        "gist",
        family="diversity",
        needs=("embedding",),
        cost="O(n d k / eps) at most, most of it pruned",
        memory="O(n + k d)",
        guarantee="2/3 - eps of the best, where smaller sets may be returned too",
        source="arXiv:2405.18754",
        explains=("assignment",),
    )
    signal: str = "embedding"
    quality: str = "quality"
    alpha: float = 0.2
    eps: float = 0.05
    thresholds: str = "geometric"

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 1:
            raise ParameterError("alpha", self.alpha, "in [0, 1]")
        if not 0 < self.eps < 1:
            raise ParameterError("eps", self.eps, "between 0 and 1")
        if self.thresholds not in THRESHOLDS:
            raise ParameterError("thresholds", self.thresholds, " or ".join(THRESHOLDS))

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that are good and far apart.

        Returns:
            indices: (k,) int64 rows, in the order they joined, the kept ones first.
            gains: None: the diversity of a set is no sum over its rows.
            value: The objective, in [0, 1].
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``rule`` and ``threshold`` that gave the set, its ``diversity`` (a distance) and
                ``mean_quality`` (in [0, 1]), the ``diameter``, and a ``table`` of all candidates.

        Raises:
            SignalError: A signal is malformed, or the embedding is missing.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2))
        if not len(X) or not limits.most_rows:
            return Selection(
                indices=np.empty(0, dtype=np.int64), method="gist", seed=seed, pool=pool
            )
        first, second, diameter = far_pair(X, mean_row(X))
        utility = self._utility(pool, limits)
        balance = (1 - self.alpha) / diameter if diameter > 0 else 0.0
        search = Separation(X, utility, balance, diameter, limits)
        search.search(self._grid(X, diameter, seed))
        search.try_pair(first, second, diameter)
        search.try_greedy()
        assert search.best is not None
        best = search.best
        return Selection(
            indices=best.picks,
            method="gist",
            seed=seed,
            value=best.value,
            assignment=_nearest(X, best.picks),
            stats={
                "rule": best.rule,
                "threshold": best.threshold,
                "diversity": best.diversity,
                "mean_quality": best.utility / self.alpha if self.alpha else None,
                "diameter": diameter,
                "table": [
                    {
                        "rule": one.rule,
                        "threshold": one.threshold,
                        "rows": len(one.picks),
                        "diversity": one.diversity,
                        "value": one.value,
                    }
                    for one in search.table
                ],
            },
            pool=pool,
        )

    def _utility(self, pool: Pool, limits: Limits) -> NDArray[np.float64]:
        if not pool.has(self.quality):
            return np.zeros(len(pool))
        quality = pool.signal(self.quality, ndim=1).astype(np.float64)
        low, high = float(quality.min()), float(quality.max())
        scaled = (quality - low) / (high - low) if high > low else np.ones(len(quality))
        result: NDArray[np.float64] = self.alpha * scaled / limits.most_rows
        return result

    def _grid(self, X: NDArray[Any], diameter: float, seed: int) -> NDArray[np.float64]:
        grid = np.empty(0)
        if self.thresholds != "half-distances":
            steps = int(np.log(2 / self.eps) / np.log1p(self.eps) + 1e-9)
            grid = (1 + self.eps) ** np.arange(steps + 1) * self.eps * diameter / 2
        if self.thresholds != "geometric":
            rows = np.arange(len(X))
            if len(rows) > 256:
                rows = np.sort(stream(seed, "distances").choice(len(X), 256, replace=False))
            some = X[rows].astype(np.float64)
            gaps = np.sqrt(((some[:, None] - some[None]) ** 2).sum(axis=2))
            grid = np.concatenate([grid, gaps[np.triu_indices(len(rows), 1)] / 2])
        return np.unique(grid)


def _nearest(X: NDArray[Any], picks: NDArray[np.int64]) -> NDArray[np.int64]:
    centers = Centers(X, len(picks))
    for row in picks.tolist():
        centers.add(row)
    return centers.settle()[1]
