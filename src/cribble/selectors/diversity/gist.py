"""GIST: rows of high quality, no two of them closer than a distance it finds itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Limits, Pool, Selection, stream
from cribble.core.errors import ParameterError, SignalError
from cribble.executors import executor_of
from cribble.kernels.distances import Centers, mean_row
from cribble.kernels.scratch import working_rows
from cribble.kernels.separation import far_pair
from cribble.objectives import facility_location as objectives
from cribble.objectives.nearness import pool_neighbors
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.separated import (
    Candidate,
    Separation,
    Utility,
    geometric_thresholds,
    half_distances,
)
from cribble.optimizers.separated_lazily import Lazily
from cribble.optimizers.separated_shards import Terms, search_shards
from cribble.optimizers.separated_weights import Weights

UTILITIES = ("quality", "facility-location")
THRESHOLDS = ("geometric", "half-distances", "both")
# The graph of `facility-location` with its defaults, so that both find one in the cache.
_NEIGHBORS, _PROBES, _EXACT_GRAPH_ROWS = 64, 32, 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """Greedy independent set thresholding: the best of many sets that keep their distance.

    Maximizes alpha * (mean quality) + (1 - alpha) * (least distance between two picks) /
    (diameter), with the quality scaled to [0, 1] over the pool. For each threshold rows are
    visited from the best down, and a row joins if it keeps the threshold to all that joined
    before. Finer thresholds are tried around the best one, and greedy on the objective itself is
    one more candidate. Only sets that use the budget up are compared. Without a quality signal
    every row counts the same, and the picks are simply far apart.

    Instead of quality, the utility may be how well the picks stand for the pool: facility location
    over near rows, as a share of what greedy reaches without thresholds. Any other monotone
    submodular objective goes through `cribble.optimizers.separated`.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean.
        quality: Name of a pool signal, (n,) float, larger is better; used where the pool has it.
        utility: "quality", or "facility-location", in phantom affinities over the 64 nearest rows
            of each row; it reads no quality.
        alpha: Weight of the utility, in [0, 1].
        lam: The paper's weight instead: maximize (sum of quality as it is, 0 or more, or facility
            location as it is) + lam * (least distance). None takes ``alpha``.
        eps: Ratio between geometric thresholds, less 1; they run from eps / 2 of the diameter to
            all of it.
        thresholds: "geometric", "half-distances" (half of the distances among 256 rows or fewer)
            or "both".
        shards: More than 1 searches as many random shards, which never meet, then the union of
            what they picked, for pools that one machine does not hold. ``upper_bound`` and
            ``stats["lost"]`` then say what that may have lost, and much of what they allow for is
            the bound's own slack.

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
        guarantee="2/3 - eps of the best (1/2 - eps for facility location), were smaller sets and "
        "the far pair compared too",
        source="arXiv:2405.18754",
        explains=("assignment",),
    )
    signal: str = "embedding"
    quality: str = "quality"
    utility: str = "quality"
    alpha: float = 0.2
    lam: float | None = None
    eps: float = 0.05
    thresholds: str = "geometric"
    shards: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 1:
            raise ParameterError("alpha", self.alpha, "in [0, 1]")
        if self.lam is not None and not self.lam >= 0:
            raise ParameterError("lam", self.lam, "0 or more")
        if not 0 < self.eps < 1:
            raise ParameterError("eps", self.eps, "between 0 and 1")
        for name, known in (("utility", UTILITIES), ("thresholds", THRESHOLDS)):
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), " or ".join(known))
        if self.shards < 1:
            raise ParameterError("shards", self.shards, "1 or more")
        if self.shards > 1 and self.utility != "quality":
            raise ParameterError("shards", self.shards, f"1 with utility={self.utility!r}")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that are good and far apart.

        Returns:
            indices: (k,) int64 rows, in the order they joined, the kept ones first.
            value: The objective, which is no sum over rows, so that there are no gains.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``rule`` and ``threshold`` that gave the set, its ``diversity`` (a distance) and
                ``utility`` (the share of the value that is quality), the ``diameter``, and a
                ``table`` of all candidates. Over shards also ``best``, the set returned, ``lost``,
                ``candidates`` of the second round, ``merged_value`` and ``shard_values``, and the
                table is the second round's.
            upper_bound: Over shards, what no set that uses up the budget exceeds.

        Raises:
            SignalError: A signal is malformed or, with ``lam``, a quality is negative.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.memory // 4)
        first, second, diameter = far_pair(X, mean_row(X)) if len(X) else (0, 0, 0.0)
        utility: Utility
        if self.utility == "quality":
            weights, balance = self._weights(pool, limits, diameter)
            if self.shards > 1 and len(X):
                pair = (min(first, second), max(first, second))
                grid = self._grid(X, diameter, seed)
                terms = Terms(balance, diameter, grid, self.eps, pair)
                return self._in_shards(pool, X, weights, limits, terms, seed)
            utility = Weights(weights)
        else:
            utility, balance = self._coverage(pool, limits, diameter, seed)
        search = Separation(X, utility, balance, diameter, limits)
        search.search(self._grid(X, diameter, seed))
        search.refine(self.eps)
        if len(X):
            search.try_pair(first, second, diameter)
        search.try_greedy()
        best = search.best
        assert best is not None
        return Selection(
            indices=best.picks,
            method="gist",
            seed=seed,
            value=best.value,
            assignment=_nearest(X, best.picks),
            stats={
                **_told(best),
                "utility": best.utility,
                "diameter": diameter,
                "table": [_told(one) for one in search.table],
            },
            pool=pool,
        )

    def _in_shards(
        self,
        pool: Pool,
        X: NDArray[Any],
        utility: NDArray[np.float64],
        limits: Limits,
        terms: Terms,
        seed: int,
    ) -> Selection:
        found = search_shards(X, utility, limits, terms, self.shards, seed, executor_of(pool))
        best, upper = found.best, found.upper_bound
        return Selection(
            indices=best.picks,
            method="gist",
            seed=seed,
            value=best.value,
            upper_bound=upper,
            assignment=found.assignment,
            stats={
                **_told(best),
                "utility": best.utility,
                "diameter": terms.diameter,
                "best": found.source,
                "lost": max(0.0, 1 - best.value / upper) if upper > 0 else 0.0,
                "candidates": found.candidates,
                "merged_value": found.merged.value,
                "shard_values": list(found.shard_values),
                "table": [_told(one) for one in found.table],
            },
            pool=pool,
        )

    def _weights(
        self, pool: Pool, limits: Limits, diameter: float
    ) -> tuple[NDArray[np.float64], float]:
        """What each row adds to the value, (n,) float64, and what the least distance counts."""
        quality = np.zeros(len(pool))
        if pool.has(self.quality):
            quality = pool.signal(self.quality, ndim=1).astype(np.float64)
        if self.lam is not None:
            if (quality < 0).any():
                row = pool.describe(int(np.argmax(quality < 0)))
                remedy = "shift it, or use alpha"
                raise SignalError(self.quality, f"it is negative in row {row}", remedy)
            return quality, self.lam
        low, high = quality.min(initial=np.inf), quality.max(initial=-np.inf)
        scaled = (quality - low) / (high - low) if high > low else np.zeros(len(quality))
        balance = (1 - self.alpha) / diameter if diameter > 0 else 0.0
        return self.alpha * scaled / max(1, limits.most_rows), balance

    def _coverage(
        self, pool: Pool, limits: Limits, diameter: float, seed: int
    ) -> tuple[Lazily, float]:
        """Facility location over near rows, and what the least distance counts."""
        affinity = objectives.Affinity.of(
            pool.signal(self.signal, ndim=2), "phantom", memory=pool.memory // 4
        )
        count = min(_NEIGHBORS, len(pool) - 1)
        probes = None if len(pool) <= _EXACT_GRAPH_ROWS else _PROBES
        near = pool_neighbors(pool, self.signal, affinity, "phantom", count, probes, seed)
        objective = objectives.ListedFacilityLocation.of_graph(affinity, near, pool.memory // 8)
        if self.lam is not None:
            return Lazily(objective), self.lam
        most = maximize(objective, limits).value
        balance = (1 - self.alpha) / diameter if diameter > 0 else 0.0
        return Lazily(objective, self.alpha / most if most > 0 else 0.0), balance

    def _grid(self, X: NDArray[Any], diameter: float, seed: int) -> NDArray[np.float64]:
        parts = []
        if self.thresholds != "half-distances":
            parts.append(geometric_thresholds(diameter, self.eps))
        if self.thresholds != "geometric":
            rows = stream(seed, "distances").permutation(len(X))[:256]
            parts.append(half_distances(X, np.sort(rows)))
        return np.unique(np.concatenate(parts))


def _told(one: Candidate) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "threshold": one.threshold,
        "rows": len(one.picks),
        "diversity": one.diversity,
        "value": one.value,
    }


def _nearest(X: NDArray[Any], picks: NDArray[np.int64]) -> NDArray[np.int64]:
    centers = Centers(X)
    for row in picks.tolist():
        centers.add(row)
    return centers.settle()[1]
