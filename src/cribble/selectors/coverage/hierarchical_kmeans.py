"""Hierarchical k-means: equal shares from the top of a tree of clusters down to its leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.shares import planned_order


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchicalKmeans:
    """Balanced sampling from a hierarchy of k-means, near uniform over what rows are about.

    Rows are clustered, then the centers of the clusters, and so on; every level is flattened by
    rounds of k-means on the rows nearest to each center alone. From the top, each cluster shares
    its rows equally among its children; a child that has fewer gives them all. Kept rows count in
    their leaf. Remove duplicates first: they attract centers.

    Args:
        signal: Name of a pool signal, (n, d) float.
        levels: Number of clusters of each level, the leaves first, falling; None takes a thirtieth
            of the rows, 1,000 at most, and three tenths of that above, as the source's small
            example does.
        rounds: Rounds of resampling at each level.
        inside: What a leaf gives first: "closest" to its center, or "random" rows.
        spherical: Whether rows are scaled to length 1 first, which clusters by cosine.

    Raises:
        ParameterError: ``levels`` does not fall or is empty, ``rounds`` is negative, or ``inside``
            is neither.

    Source:
        Vo et al. (2024), arXiv:2405.15613. Its code gives leftover rows to random clusters, we
        give them to the largest.
    """

    card: ClassVar[Card] = Card(
        "hierarchical-kmeans",
        family="coverage",
        needs=("embedding",),
        cost="O(n d clusters) per round of k-means and of resampling",
        memory="O(n + clusters d)",
        row_bytes=150,
        guarantee="siblings in the tree give equal shares (plain row budgets)",
        source="arXiv:2405.15613",
    )
    signal: str = "embedding"
    levels: tuple[int, ...] | None = None
    rounds: int = 10
    inside: str = "closest"
    spherical: bool = True

    def __post_init__(self) -> None:
        levels = self.levels
        falls = levels is None or (
            len(levels) > 0 and levels[-1] > 0 and list(levels) == sorted(levels, reverse=True)
        )
        if not falls:
            raise ParameterError("levels", levels, "positive numbers, each at most the one before")
        if self.rounds < 0:
            raise ParameterError("rounds", self.rounds, "0 or more")
        if self.inside not in ("closest", "random"):
            raise ParameterError("inside", self.inside, "'closest' or 'random'")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of every branch of the tree within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones in the order of their leaves' choice.
            stats: ``levels``, clusters of each level, and ``hit``, how many leaves were picked of.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.hierarchy import balanced_tree

        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        if len(pool) == 0:
            return Selection(indices=limits.keep, method=self.card.name, seed=seed, pool=pool)
        leaves = min(1000, max(1, len(pool) // 30))
        levels = self.levels or (leaves, max(1, 3 * leaves // 10))
        tree = balanced_tree(X, levels, rounds=self.rounds, seed=seed, spherical=self.spherical)
        first = -tree.squares
        if self.inside == "random":
            first = row_uniforms(seed, "hierarchical-kmeans", 0, len(pool))
        order = ranked(limits, first)
        codes = tree.leaves[order]
        counts = np.bincount(codes, minlength=tree.sizes[0])
        shares = None if limits.rows is None else tree.shares(counts, limits.rows)
        plan = planned_order(codes, tree.sizes[0], limits.rows, "equal", shares)
        indices = Admission(limits).add_in_order(order[plan.places])
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            stats={"levels": list(tree.sizes), "hit": len(np.unique(tree.leaves[indices]))},
            pool=pool,
        )
