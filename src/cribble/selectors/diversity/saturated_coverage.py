"""Saturated coverage: every row of the pool is covered by several picks, until it is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists
from cribble.kernels.similarity import positive_products
from cribble.objectives.coverage import saturated_coverage
from cribble.objectives.facility_location import Affinity
from cribble.objectives.neighbor_lists import (
    UserSimilarity,
    check_search,
    check_similarity,
    neighbor_lists,
)
from cribble.optimizers.base import Run
from cribble.optimizers.largest_sums import largest_sums
from cribble.optimizers.registry import check_optimizer, optimize

# 256 MB of similarities.
_DENSE_ROWS = 8_192
# Of rows with rows where no pairs are held: some seconds.
_SUMMED_PRODUCTS = 200_000_000_000

# The form, the run, and which rows are at their cap.
Found = tuple[str, Run, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaturatedCoverage:
    """Greedy maximization of similarity to every row, which counts up to a cap per row.

    The value is the sum over rows i of min(sum of s_ij over picks j, alpha * sum of s_ij over all
    j), with s the cosine, clipped at 0. A row is covered a little by every pick that is like it,
    not by its nearest pick alone as in facility location.

    While no row comes to its cap the best rows are those of largest summed similarity, whatever
    the pool's size: few are summed, over all rows, and no pairs are held. Where a row may come to
    its cap, or bounds leave many rows in question, pools of up to 8,192 rows hold all pairs;
    larger ones those of near rows, and value and certificate are those of that graph.
    ``stats["form"]`` says "dense" for all pairs, and "graph".

    Args:
        signal: Name of a pool signal, (n, d) float.
        similarity: "cosine" (clipped at 0), or another as for `FacilityLocation`, which takes
            near rows alone.
        alpha: Share of all similarity at which a row is covered, above 0 and at most 1. The caps
            only bind where alpha is near the share of rows picked, or below it.
        neighbors: Near rows per row in the graph form.
        probes: Clusters searched for them, of about 512 rows, where the pool has more than 20,000.
        optimizer: "lazy", the picks of plain greedy and usually the fastest; "stochastic", the
            best of rows drawn at each step, and "threshold", few passes over the rows, both for
            gains so alike that old ones rule few rows out; "greedy-max", a better promise under
            a cost budget; "enumeration", the best promise there, for n^2 gains; "swap", greedy
            improved by exchanges, about k times its work.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Lin and Bilmes (2011), A Class of Submodular Functions for Document Summarization,
        aclanthology.org/P11-1052; the greedy is doi:10.1007/BF01588971.
    """

    card: ClassVar[Card] = Card(
        "saturated-coverage",
        family="diversity",
        needs=("embedding",),
        cost="O(n d (d + q)), q rows in question; with caps O(n^2 d), then O(n d log n)",
        memory="O(n d); with caps 256 MB for up to 8,192 rows, then 16 bytes a pair of near rows",
        row_bytes=150,
        guarantee="at least 1 - 1/e of the best under a row budget",
        source="doi:10.1007/BF01588971",
        explains=("gain",),
    )
    signal: str = "embedding"
    similarity: str | UserSimilarity = "cosine"
    alpha: float = 0.1
    neighbors: int = 64
    probes: int = 32
    optimizer: str = "lazy"

    def __post_init__(self) -> None:
        check_optimizer(self.optimizer)
        check_similarity(self.similarity)
        if not 0 < self.alpha <= 1:
            raise ParameterError("alpha", self.alpha, "above 0 and at most 1")
        check_search(self.neighbors, self.probes)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that cover the pool; ``seed`` serves the search for near rows, and draws.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set.
            upper_bound: What no set within the budget exceeds.
            stats: ``form``, ``evaluations``, and ``full``, the share of rows at their cap.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        form, run, full = self._uncapped(pool, limits) or self._capped(pool, limits, seed)
        return Selection(
            indices=run.indices,
            method="saturated-coverage",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            stats={
                "form": form,
                "evaluations": run.evaluations,
                "full": float(full.mean()) if len(pool) else None,
            },
            pool=pool,
        )

    def _uncapped(self, pool: Pool, limits: Limits) -> Found | None:
        """Pick the rows of most similarity, unless a row may come to its cap or it takes long."""
        # More picks than that reach a cap for sure: they have the largest sums.
        few = limits.rows is not None and limits.rows <= self.alpha * len(pool)
        if not few or self.optimizer != "lazy" or self.similarity != "cosine":
            return None
        points = self._points(pool)
        run = largest_sums(points, limits, self.alpha, _most_sums(points))
        return None if run is None else ("dense", run, np.asarray(~points.any(axis=1)))

    def _points(self, pool: Pool) -> NDArray[np.float32]:
        signal = pool.signal(self.signal, ndim=2)
        return Affinity.of(signal, "cosine", memory=pool.room(1 / 4)).points

    def _capped(self, pool: Pool, limits: Limits, seed: int) -> Found:
        """Hold all pairs, or those of near rows."""
        dense = len(pool) <= _DENSE_ROWS and self.similarity == "cosine"
        if dense:
            objective = saturated_coverage(positive_products(self._points(pool)), self.alpha)
        else:
            searched = (self.similarity, self.neighbors, self.probes, seed)
            graph = neighbor_lists(pool, self.signal, *searched)
            pairs = Lists(graph.start, graph.rows, np.maximum(graph.values, np.float32(0)))
            objective = saturated_coverage(pairs, self.alpha, targets=len(pool))
        run = optimize(objective, limits, self.optimizer, seed)
        return "dense" if dense else "graph", run, objective.full


def _most_sums(points: NDArray[np.float32]) -> int:
    """How many rows may be summed before all pairs, or those of near rows, cost less."""
    size, d = points.shape
    return size // 4 if size <= _DENSE_ROWS else int(_SUMMED_PRODUCTS // max(1, size * d))
