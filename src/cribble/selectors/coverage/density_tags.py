"""Density tags: prototypes, common rows, sub-modes and exceptions, and a budget over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.shares import share_order
from cribble.signals.typicality import typicality

TAGS = ("prototype", "common", "sub-mode", "exception")
# Of the nearest rows, for whether a row that is not typical has company of its own label.
_CLOSE = 5
# Up to so many rows the search is exact, and over all of them.
_LEAST_AMONG = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityTags:
    """Tag every row by how typical it is of its label, and spend the budget over the tags.

    Five scores say how typical a row is: its distance to the boundary, how little holdout
    retraining changes, the agreement and the confidence of an ensemble, and the privacy at which
    it is still learned (`cribble.kernels.votes`). The rows are ranked by each, and the mean rank
    is their consensus. In order, a row is

    - an exception, if its label is outvoted among its neighbors: memorized, or mislabeled;
    - a prototype, if its consensus is in the top ``tail`` of the rows;
    - a sub-mode, if its consensus is in the bottom ``tail``, but most of the five nearest rows
      share its label: few rows, but they belong together;
    - common, otherwise.

    Tags get the budget in proportion to ``spend``, and a tag's choice is uniform. Rows of a tag
    that gets nothing come where no others are left. Kept rows count in their tag.

    Args:
        signal: Name of a pool signal, (n, d) float.
        by: Name of the grouping that holds each row's label.
        scores: Names of pool signals, (n,) numbers, large is typical, to take the consensus over
            instead of the five, such as an ensemble's confidence in each row.
        spend: Budget of prototypes, common rows, sub-modes and exceptions, as relative weights.
            The source gains from prototypes alone at very small budgets.
        tail: Share of the rows that counts as top and as bottom, above 0 and at most 1/2.
        neighbors: Neighbors that vote.
        among: Rows that may be neighbors, drawn at random where there are more, at least 20,000;
            None for all.

    Raises:
        ParameterError: ``spend`` is not four weights of 0 or more, one above 0, ``tail`` is not
            in (0, 1/2], ``neighbors`` is not positive or ``among`` is below 20,000.

    Source:
        Carlini, Erlingsson and Papernot (2019), arXiv:1910.13427, who measure the scores on
        networks they train. Votes of neighbors in their place, and the rules of the tags, are our
        own.
    """

    card: ClassVar[Card] = Card(
        "density-tags",
        family="coverage",
        needs=("embedding", "group"),
        cost="O(n^2 d) up to 20,000 rows, about O(n min(n, among)^0.5 d) beyond",
        memory="O(n (d + neighbors))",
        source="arXiv:1910.13427",
        out_of_core=False,
        explains=("score",),
    )
    signal: str = "embedding"
    by: str = "group"
    scores: tuple[str, ...] = ()
    spend: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 0.0)
    tail: float = 0.25
    neighbors: int = 32
    among: int | None = 200_000

    def __post_init__(self) -> None:
        spend = self.spend
        if len(spend) != len(TAGS) or min(spend) < 0 or not 0 < sum(spend) < np.inf:
            raise ParameterError("spend", spend, "four weights of 0 or more, one above 0")
        if not 0 < self.tail <= 0.5:
            raise ParameterError("tail", self.tail, "above 0 and at most 0.5")
        if self.neighbors < 1:
            raise ParameterError("neighbors", self.neighbors, "1 or more")
        if self.among is not None and self.among < _LEAST_AMONG:
            raise ParameterError("among", self.among, f"{_LEAST_AMONG:,} or more, or None")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of every tag that gets a share within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones so that every prefix holds the shares.
            scores: (n,) float64 consensus, in (0, 1], 1 for a row most typical by every score.
            reasons: The tag of each pick.
            stats: ``tags``, for each tag how many rows have it; ``picked``, how many picks.

        Raises:
            SignalError: A signal is missing, has a wrong shape or is not finite everywhere.
            UnknownNameError: There is no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X, labels = pool.signal(self.signal, ndim=2), pool.groups(self.by).codes
        given = [np.asarray(pool.signal(name, ndim=1), dtype=np.float64) for name in self.scores]
        votes = typicality(
            X, labels, neighbors=self.neighbors, close=_CLOSE, among=self.among, seed=seed
        )
        consensus = _consensus(given or list(votes.scores.T))
        tags = np.full(len(pool), TAGS.index("common"))
        order = np.argsort(consensus, kind="stable")
        end = int(self.tail * len(pool))
        company = 2 * votes.close > min(_CLOSE, len(pool) - 1)
        tags[order[len(order) - end :]] = TAGS.index("prototype")
        tags[order[:end][company[order[:end]]]] = TAGS.index("sub-mode")
        tags[votes.own < votes.rival] = TAGS.index("exception")
        drawn = ranked(limits, -row_uniforms(seed, "density-tags", 0, len(pool)))
        drawn = drawn[share_order(tags[drawn], np.asarray(self.spend, dtype=np.float64))]
        indices = Admission(limits).add_in_order(drawn)
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=consensus,
            reasons=[f"it is tagged {TAGS[tag]}" for tag in tags[indices]],
            stats={"tags": _counts(tags), "picked": _counts(tags[indices])},
            pool=pool,
        )


def _consensus(columns: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean rank of each row as a share of the rows; equal scores share their mean rank."""
    total = np.zeros(len(columns[0]))
    for column in columns:
        # Scores that differ by rounding alone are equal.
        even = np.round(column / max(np.abs(column).max(initial=0), 1e-300), 9)
        _, place, counts = np.unique(even, return_inverse=True, return_counts=True)
        total += (np.cumsum(counts) - (counts - 1) / 2)[place]
    mean: NDArray[np.float64] = total / (len(columns) * max(1, len(total)))
    return mean


def _counts(tags: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(TAGS, np.bincount(tags, minlength=len(TAGS)).tolist(), strict=True))
