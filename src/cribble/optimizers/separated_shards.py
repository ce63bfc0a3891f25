"""Separated sets in two rounds over shards: one search on each, one on the union of their picks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Executor, Limits
from cribble.executors import shards_of
from cribble.kernels.distances import Centers
from cribble.optimizers.certificate import optimum_bound
from cribble.optimizers.separated import Candidate, Separation
from cribble.optimizers.separated_weights import Weights
from cribble.optimizers.two_round import assign_shards, cheapest, holds, narrow


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What every search shares, so that all maximize one function.

    Args:
        balance: Weight of the least distance, 0 or more.
        diameter: Distance that counts for fewer than two rows, and at most.
        thresholds: (t,) float64, ascending.
        eps: Ratio between thresholds, less 1.
        pair: Two far rows, offered as a set of their own where both are searched.
    """

    balance: float
    diameter: float
    thresholds: NDArray[np.float64]
    eps: float
    pair: tuple[int, int]

    def __call__(
        self, X: NDArray[Any], utility: NDArray[np.float64], limits: Limits, rows: NDArray[np.int64]
    ) -> list[Candidate]:
        """Search some rows.

        Args:
            X: (m, d) the rows.
            utility: (m,) float64, 0 or more.
            limits: What their picks must hold.
            rows: (m,) int64, what the pool calls them, ascending.

        Returns:
            All candidates, by row of the pool; the best is the first.
        """
        search = Separation(X, Weights(utility), self.balance, self.diameter, limits)
        search.search(self.thresholds)
        search.refine(self.eps)
        first, second = np.searchsorted(rows, self.pair).tolist()
        if second < len(rows) and (rows[first], rows[second]) == self.pair:
            search.try_pair(first, second, self.diameter)
        search.try_greedy()
        assert search.best is not None
        return [replace(one, picks=rows[one.picks]) for one in (search.best, *search.table)]


@dataclass(frozen=True, slots=True, eq=False)
class Separated:
    """The outcome of two rounds.

    Args:
        best: The set.
        source: Which one it is: "merged", or "shard" and its number.
        merged: Best of the second round.
        table: All candidates of the second round.
        shard_values: Value of each shard's own best.
        candidates: Rows that entered the second round.
        assignment: (n,) int64 nearest pick of each row.
        upper_bound: What no set that uses up the budget exceeds.
    """

    best: Candidate
    source: str
    merged: Candidate
    table: list[Candidate]
    shard_values: tuple[float, ...]
    candidates: int
    assignment: NDArray[np.int64]
    upper_bound: float


def search_shards(
    X: NDArray[Any],
    utility: NDArray[np.float64],
    limits: Limits,
    terms: Terms,
    shards: int,
    seed: int,
    executor: Executor,
) -> Separated:
    """Search random shards, then the union of what they picked; the best of all is returned.

    All searches maximize the same function of the rows, so that their values compare. No share of
    the optimum is promised in advance; the upper bound says afterwards what was lost at most. The
    shard of a row depends on the seed and the number of shards alone.

    Source:
        Composable cores for diversity: Indyk, Mahabadi, Mahdian and Mirrokni (2014),
        doi:10.1145/2594538.2594560; random shards: Barbosa et al. (2015), arXiv:1502.02606.
    """
    shard = assign_shards(seed, limits.size, shards)
    shard[limits.excluded] = shards
    shard[limits.keep] = -1
    parts = [np.nonzero((shard == one) | (shard == -1))[0] for one in range(shards)]

    searched = executor.map(
        terms,
        (executor.take(X, rows) for rows in parts),
        (utility[rows] for rows in parts),
        (narrow(limits, rows) for rows in parts),
        parts,
    )
    firsts = [found[0] for found in searched]
    listed = [limits.keep, cheapest(limits), np.array(terms.pair), *(one.picks for one in firsts)]
    rows = np.unique(np.concatenate(listed))
    merged, *table = terms(X[rows], utility[rows], narrow(limits, rows), rows)
    best, source = merged, "merged"
    for number, first in enumerate(firsts):
        if first.value > best.value and holds(limits, first.picks):
            best, source = first, f"shard {number}"
    ranges = [part.rows for part in shards_of(executor, len(X))]
    centers = [X[best.picks]] * len(ranges)
    covers = list(executor.map(_cover, centers, (executor.hold(X[one]) for one in ranges)))
    owner, before = (np.concatenate(one) for one in zip(*covers, strict=True))
    return Separated(
        best,
        source,
        merged,
        table,
        tuple(first.value for first in firsts),
        len(rows),
        owner,
        _upper_bound(utility, limits, terms, before),
    )


def _cover(centers: NDArray[Any], X: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest center of each row, and its squared distance to the nearest but for the last."""
    known = Centers(np.concatenate([centers, X]))
    for row in range(len(centers) - 1):
        known.add(row)
    before = known.settle()[0][len(centers) :].copy()
    if len(centers):
        known.add(len(centers) - 1)
    return known.settle()[1][len(centers) :], before


def _upper_bound(
    utility: NDArray[np.float64], limits: Limits, terms: Terms, before: NDArray[np.float64]
) -> float:
    """Bound what a set that uses up the budget is worth: largest utility and largest distance.

    The picks but for the last are k - 1 balls that cover the rows that may be picked, so that of
    any k rows two lie in one ball, at twice its radius or less.
    """
    most = float(utility[limits.keep].sum()) + optimum_bound(utility, limits)[0]
    spread = terms.diameter
    if limits.rows is not None and limits.rows > 1:
        radius = float(np.sqrt(before[~limits.excluded].max(initial=0.0)))
        spread = min(spread, 2 * radius)
    return most + terms.balance * spread
