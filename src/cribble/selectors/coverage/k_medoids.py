"""K-medoids: the rows that stand for all others at the least summed distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.centering import centered
from cribble.kernels.medoid_swaps import Rules
from cribble.kernels.medoids import SEARCHES, Medoids, k_medoids
from cribble.kernels.scratch import blocks_of, scratch

DISTANCES = ("euclidean", "squared", "cosine")


@dataclass(frozen=True, slots=True, kw_only=True)
class KMedoids:
    """K-medoids: from a random start, rows are swapped while the summed distance falls.

    Each swap is the best for its candidate, and done at once. A full search ends where no single
    swap improves the choice. Past 20,000 rows candidates are first judged on samples of the rows;
    those that a sample cannot rule out are judged on all rows, so no swap is done that does not
    help. Kept rows are medoids that stay, and a swap that breaks a limit is not done. Under a
    budget in cost, the rows that the start can pay for are improved, and what is left is spent on
    random rows.

    Args:
        signal: Name of a pool signal, (n, d) float.
        distance: "euclidean"; "squared", its square; or "cosine", 1 - cos.
        centered: Whether rows are taken about the mean of the pool and scaled to length 1 first.
        search: "full" tries all swaps, "screened" those that samples do not rule out, "samples"
            searches in five small samples alone (CLARA), "auto" is full up to 20,000 rows and
            screened beyond.
        rounds: Most rounds over all candidates.

    Raises:
        ParameterError: ``distance`` or ``search`` is unknown, or ``rounds`` is negative.

    Source:
        FasterPAM: Schubert and Rousseeuw (2021), arXiv:2008.05171; screening in the manner of
        BanditPAM: Tiwari et al. (2020), arXiv:2006.06856.
    """

    card: ClassVar[Card] = Card(
        "k-medoids",
        family="coverage",
        needs=("embedding",),
        cost="O(n^2 d) a round up to 20,000 rows, a fraction of it beyond",
        memory="O(n + k d), and a float32 copy of the rows unless they are float32 and not scaled",
        row_bytes=150,
        guarantee="no single swap improves the choice (up to 20,000 rows, or a full search)",
        source="arXiv:2008.05171",
        explains=("assignment",),
    )
    signal: str = "embedding"
    distance: str = "euclidean"
    centered: bool = False
    search: str = "auto"
    rounds: int = 100

    def __post_init__(self) -> None:
        if self.distance not in DISTANCES:
            raise ParameterError("distance", self.distance, f"one of {DISTANCES}")
        if self.search not in SEARCHES:
            raise ParameterError("search", self.search, f"one of {SEARCHES}")
        if self.rounds < 0:
            raise ParameterError("rounds", self.rounds, "0 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick medoids within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then those that stand for most rows.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``loss``, the mean distance of a row to its nearest pick (None without picks),
                and ``swaps``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        nobody = np.empty(0, dtype=np.int64)
        start = Admission(limits).add_in_order(_others(limits, nobody, seed))
        if len(start) == 0:
            return Selection(
                indices=start,
                method=self.card.name,
                seed=seed,
                assignment=np.full(len(pool), -1),
                stats={"loss": None, "swaps": 0},
                pool=pool,
            )
        return self._swapped(self._points(X, pool.room(1 / 4)), pool, limits, start, seed)

    def _points(self, X: NDArray[Any], memory: int) -> NDArray[np.float32]:
        """The rows as they are measured."""
        spherical = self.distance == "cosine"
        if X.dtype == np.float32 and X.flags.c_contiguous and not (spherical or self.centered):
            return X
        center = None
        if self.centered:
            from cribble.kernels.distances import mean_row  # loads numba

            center = mean_row(X)
        points: NDArray[np.float32] = scratch(X.shape, np.float32, memory)
        for rows in blocks_of(X):
            if center is not None:
                points[rows] = centered(X[rows], center, spherical=True)
            elif spherical:
                from cribble.kernels.assignment import float_rows  # loads numba

                points[rows] = float_rows(X[rows], spherical)
            else:
                points[rows] = X[rows]
        return points

    def _swapped(
        self, X: NDArray[Any], pool: Pool, limits: Limits, start: NDArray[np.int64], seed: int
    ) -> Selection:
        found = self._search(X, limits, start, self.rounds, seed)
        sizes = np.bincount(found.assignment, minlength=len(start))
        kept = np.isin(found.rows, limits.keep)
        indices = found.rows[np.lexsort((found.rows, -sizes, ~kept))]
        order = np.concatenate([indices, _others(limits, indices, seed)])
        indices = Admission(limits).add_in_order(order)
        swaps, found = found.swaps, self._search(X, limits, indices, 0, seed)
        scale = 0.5 if self.distance == "cosine" else 1.0
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            assignment=found.assignment,
            stats={"loss": scale * found.loss / len(pool), "swaps": swaps},
            pool=pool,
        )

    def _search(
        self, X: NDArray[Any], limits: Limits, start: NDArray[np.int64], rounds: int, seed: int
    ) -> Medoids:
        kept = np.zeros(limits.size, dtype=np.bool_)
        kept[limits.keep] = True
        costs = np.zeros(limits.size) if limits.costs is None else limits.costs
        rules = Rules(
            allowed=~limits.excluded,
            fixed=kept,
            codes=limits.groups.codes,
            lower=limits.lower,
            upper=limits.upper,
            costs=costs,
            budget=np.inf if limits.cost is None else limits.cost,
        )
        return k_medoids(
            X,
            start,
            rules=rules,
            root=self.distance == "euclidean",
            seed=seed,
            search=self.search,
            rounds=rounds,
        )


def _others(limits: Limits, rows: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """All rows but some, in random order."""
    draws = row_uniforms(seed, "k-medoids", 0, limits.size)
    draws[rows] = np.inf
    return np.argsort(draws, kind="stable")[: limits.size - len(rows)]
