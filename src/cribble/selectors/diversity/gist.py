"""GIST: rows of high quality, no two of them closer than a distance it finds itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Limits, Pool, Selection, stream
from cribble.core.errors import ParameterError, SignalError
from cribble.executors import executor_of
from cribble.kernels.assignment import float_rows, nearest_centers
from cribble.kernels.distances import mean_row
from cribble.kernels.neighbors import NearRows
from cribble.kernels.scratch import working_rows
from cribble.kernels.separation import far_pair
from cribble.objectives.facility_location import Affinity, ListedFacilityLocation
from cribble.objectives.neighbor_lists import near_rows, search_name, similarity_lists
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
from cribble.optimizers.spacing import Near

UTILITIES = ("quality", "facility-location")
THRESHOLDS = ("geometric", "half-distances", "both")
FORMS = ("auto", "exact", "graph")
METRICS = ("euclidean", "chord")
# Products of one walk past all rows and picks that the exact form may take: about a CPU minute for
# a sweep over all thresholds.
_EXACT_WORK = 1e10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """Greedy independent set thresholding: the best of many sets that keep their distance.

    Maximizes alpha * (mean quality) + (1 - alpha) * (least distance between two picks) /
    (diameter), with the quality scaled to [0, 1] over the pool. For each threshold rows are
    visited from the best down, and a row joins if it keeps the threshold to all that joined
    before. Finer thresholds are tried around the best one, and greedy on the objective itself is
    one more candidate. Only sets that use the budget up are compared. Without a quality signal
    every row counts the same, and the picks are simply far apart.

    The exact form measures each row against the picks so far. The graph form is for very many
    picks: it measures pairs of near rows alone, and bars a row by the lists of the picks. Rows
    whose whole list is nearer than the threshold are still measured against one another, so that
    picks keep their distance all the same. In the table of candidates the least distance of a set
    is then a bound from below, by which candidates are compared; greedy is no candidate; and the
    set returned is measured. Above 20,000 rows the near rows are searched for in clusters, and
    a pair that was missed may be nearer than the threshold: ``stats`` tell how much of it the
    picks kept. ``stats["form"]`` names the form; it depends on the pool's size, the budget and
    ``form`` alone.

    Instead of quality, the utility may be how well the picks stand for the pool: facility location
    over near rows, as a share of what greedy reaches without thresholds. Any other monotone
    submodular objective goes through `cribble.optimizers.separated`.

    Args:
        signal: Name of a pool signal, (n, d) float.
        metric: "euclidean", or "chord", sqrt(2 - 2 cosine): Euclidean between rows scaled to unit
            length, so that nothing else changes, and near pairs are those of small angle. 1 -
            cosine is no metric, and is refused. Facility location does not read it.
        quality: Name of a pool signal, (n,) float, larger is better; used where the pool has it.
        utility: "quality", or "facility-location", in phantom affinities over the nearest
            rows of each row; it reads no quality.
        alpha: Weight of the utility, in [0, 1].
        lam: The paper's weight instead: maximize (sum of quality as it is, 0 or more, or facility
            location as it is) + lam * (least distance). None takes ``alpha``.
        eps: Ratio between geometric thresholds, less 1; they run from eps / 2 of the diameter to
            all of it.
        thresholds: "geometric", "half-distances" (half of the distances among 256 rows or fewer)
            or "both".
        form: "auto" takes "graph" where n k d is above 1e10 and k * ``neighbors`` at least n, so
            that most lists are longer than the picks are apart; else "exact".
        neighbors: Near rows a row, for the graph form and for facility location. The defaults are
            those of `facility-location`, so that both find one graph in the cache.
        probes: Clusters searched for them, of about 512 rows, where the pool has more than 20,000.
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
        cost="O(n d k / eps) at most, most of it pruned; "
        "graph O(n d probes log n + n neighbors / eps)",
        memory="O(n + k d), and the graph's lists",
        row_bytes=110,
        guarantee="2/3 - eps of the best (1/2 - eps for facility location), were smaller sets and "
        "the far pair compared too",
        source="arXiv:2405.18754",
        explains=("assignment",),
    )
    signal: str = "embedding"
    metric: str = "euclidean"
    quality: str = "quality"
    utility: str = "quality"
    alpha: float = 0.2
    lam: float | None = None
    eps: float = 0.05
    thresholds: str = "geometric"
    form: str = "auto"
    neighbors: int = 64
    probes: int = 32
    shards: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.alpha <= 1:
            raise ParameterError("alpha", self.alpha, "in [0, 1]")
        if self.lam is not None and not self.lam >= 0:
            raise ParameterError("lam", self.lam, "0 or more")
        if not 0 < self.eps < 1:
            raise ParameterError("eps", self.eps, "between 0 and 1")
        choices = {"utility": UTILITIES, "thresholds": THRESHOLDS, "form": FORMS, "metric": METRICS}
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), " or ".join(known))
        for name in ("neighbors", "probes", "shards"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")
        if self.shards > 1 and self.utility != "quality":
            raise ParameterError("shards", self.shards, f"1 with utility={self.utility!r}")
        if self.shards > 1 and self.form == "graph":
            raise ParameterError("shards", self.shards, "1 with form='graph'")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that are good and far apart.

        Returns:
            indices: (k,) int64 rows, in the order they joined, the kept ones first.
            value: The objective, which is no sum over rows, so that there are no gains.
            assignment: (n,) int64, the nearest pick of each row; in the graph form among its near
                rows, and -1 where none of them is a pick.
            stats: ``form``; ``rule`` and ``threshold`` that gave the set, its ``diversity`` (a
                distance) and ``utility`` (the share of the value that is quality), the
                ``diameter``, and a ``table`` of all candidates. In the graph form also
                ``neighbor_search``, "exact" or in how many clusters, and ``kept``, the share of
                the threshold that the least distance has: 1 unless a near pair was missed; and
                ``short_lists``, rows whose list ends before the threshold does. Over shards also
                ``best``, the set returned, ``lost``, ``candidates`` of the second round,
                ``merged_value`` and ``shard_values``, and the table is the second round's.
            upper_bound: Over shards, what no set that uses up the budget exceeds.

        Raises:
            SignalError: A signal is malformed or, with ``lam``, a quality is negative.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        vectors = pool.signal(self.signal, ndim=2)
        form = self.form_for(len(pool), vectors.shape[1], limits.most_rows)
        X = self._points(vectors, form, pool.room(1 / 4))
        first, second, diameter = far_pair(X, mean_row(X)) if len(X) else (0, 0, 0.0)
        weights = None
        if self.utility == "quality":
            weights, balance = self._weights(pool, limits, diameter)
            if self.shards > 1 and len(X):
                pair = (min(first, second), max(first, second))
                grid = self._grid(X, diameter, seed)
                terms = Terms(balance, diameter, grid, self.eps, pair)
                return self._in_shards(pool, X, weights, limits, terms, seed)
        graph = cache(
            lambda alike: near_rows(pool, self.signal, alike, self.neighbors, self.probes, seed)
        )
        near = None
        if form == "graph":
            near = self._near(X, graph, pool.room(1 / 8))
        utility: Utility
        if weights is not None:
            utility = Weights(weights)
        else:
            utility, balance = self._coverage(pool, limits, diameter, graph("phantom"))
        search = Separation(X, utility, balance, diameter, limits, near=near)
        search.search(self._grid(X, diameter, seed))
        search.refine(self.eps)
        if len(X):
            search.try_pair(first, second, diameter)
        if near is None:
            search.try_greedy()
        best = search.settle()
        stats: dict[str, Any] = {"form": form}
        if near is not None:
            stats["neighbor_search"] = search_name(len(pool), "phantom", self.probes)
            gap = best.threshold
            stats["kept"] = min(1.0, best.spread / gap) if gap > 0 else 1.0
            stats["short_lists"] = int((near.reach < gap**2).sum())
        return Selection(
            indices=best.picks,
            method="gist",
            seed=seed,
            value=best.value,
            assignment=_nearest(X, best.picks) if near is None else near.owners(best.picks),
            stats={
                **stats,
                **_told(best),
                "utility": best.utility,
                "diameter": diameter,
                "table": [_told(one) for one in search.table],
            },
            pool=pool,
        )

    def _points(self, vectors: NDArray[Any], form: str, memory: int) -> NDArray[Any]:
        """The rows, Euclidean distances between which are those of the metric."""
        if self.metric == "chord":
            return Affinity.of(vectors, "cosine", memory=memory).points
        return working_rows(vectors, memory, half=form == "exact")

    def _near(self, X: NDArray[Any], graph: Callable[[str], NearRows], memory: int) -> Near:
        """Lists of near rows, by the metric."""
        if self.metric == "euclidean":
            return Near.of_graph(X, graph("phantom"), mean_row(X), memory)
        near = Near.of_graph(X, graph("cosine"), np.zeros(X.shape[1]), memory)
        if not X.any(axis=1).all():
            # A row of zeros is at distance 1 from all others, and by no cosine near any of them.
            near = near._replace(reach=np.minimum(near.reach, 0.999))
        return near

    def form_for(self, rows: int, dim: int, picks: int) -> str:
        """The form that a pool of so many rows and dimensions gets, for so many picks."""
        if self.form != "auto":
            return self.form
        lists_reach = picks * self.neighbors >= rows
        return "graph" if lists_reach and float(rows) * dim * picks > _EXACT_WORK else "exact"

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
        self, pool: Pool, limits: Limits, diameter: float, near: NearRows
    ) -> tuple[Lazily, float]:
        """Facility location over near rows, and what the least distance counts."""
        lists = similarity_lists(pool, self.signal, near, "phantom")
        objective = ListedFacilityLocation(lists, len(pool))
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
    if not len(picks):
        return np.full(len(X), -1, dtype=np.int64)
    return nearest_centers(X, float_rows(X[picks]))[0].astype(np.int64)
