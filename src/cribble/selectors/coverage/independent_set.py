"""Independent set: as many rows as can be with no two of them near one another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.scratch import working_rows

ORDERS = ("degree", "random", "weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentSet:
    """A large set of rows of which no two are nearer than a radius.

    Each pick is the row with fewest rows left within the radius, and takes those out. With weights
    it is the row of largest weight / (rows left within the radius, itself included), so that the
    picks weigh much together; or by weight alone, the best row of each conflict, as in the removal
    of near duplicates. Or, in random order, any row that is left, so that an experiment can be
    randomized over units that do not touch one another. Where nothing is left and the budget asks
    for more, the row farthest from all picks follows, again and again: those are nearer than the
    radius, and counted.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean, in its unit.
        radius: Least distance of two picks, above 0; None takes the distance that farthest-first
            traversal keeps between as many rows as are asked, so that such a set exists.
        order: "degree", "weight", or "random", which any maximal set may come from.
        weights: Name of a pool signal, (n,) float above 0; None weighs all rows the same. "random"
            does not read it.
        sample: Most rows that the set is taken from, random ones of a larger pool.

    Raises:
        ParameterError: A parameter lies outside what it may be.

    Source:
        Least degree first: Halldorsson and Radhakrishnan (1997), doi:10.1007/BF02523693; with
        weights, Sakai, Togasaki and Yamazaki (2003), doi:10.1016/S0166-218X(02)00205-6. In the
        design of experiments: Gao et al. (2023), arXiv:2312.04026.
    """

    card: ClassVar[Card] = Card(
        "independent-set",
        family="coverage",
        needs=("embedding",),
        cost="O(m^2 d + n d k) for m rows of the sample",
        memory="O(n + m d)",
        row_bytes=110,
        guarantee="at least sum of weight / (neighbors + 1) in a maximal set, in random order on "
        "average (no limits, a budget that large; not by weight alone)",
        source="doi:10.1007/BF02523693",
        explains=("gain",),
    )
    signal: str = "embedding"
    radius: float | None = None
    order: str = "degree"
    weights: str | None = None
    sample: int = 20_000

    def __post_init__(self) -> None:
        if self.radius is not None and not (self.radius > 0 and np.isfinite(self.radius)):
            raise ParameterError("radius", self.radius, "finite and above 0")
        if self.order not in ORDERS:
            raise ParameterError("order", self.order, " or ".join(ORDERS))
        if self.order == "weight" and self.weights is None:
            raise ParameterError("weights", self.weights, "a signal's name with order='weight'")
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that are apart; ``seed`` draws the sample and the random order.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, rows of the sample that each pick took out, itself included; 0
                for those nearer than the radius.
            stats: ``radius``; ``apart``, picks beside the kept ones that are apart from all
                earlier ones; ``caro_wei``, how many the sample must hold at least, or how much
                they must weigh; with weights ``weight``, what the picks that are apart weigh;
                ``sample``.

        Raises:
            SignalError: A signal is missing, malformed or not finite, or a weight is not above 0.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.assignment import float_rows
        from cribble.kernels.balls import ball_sizes, cover_ball

        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4), half=True)
        weights = self._weights(pool)
        admission = Admission(limits)
        radius = self.radius or _reach(X, Admission(limits))
        draws = row_uniforms(seed, "independent-set", 0, len(pool))
        keys = np.where(limits.excluded, 2.0, draws)
        keys[limits.keep] = -1.0
        size = max(self.sample, len(limits.keep))
        rows = np.sort(np.argsort(keys, kind="stable")[:size])
        rows = rows[~limits.excluded[rows]]
        x, square = float_rows(X[rows]), radius**2
        near = ball_sizes(x, square)
        caro_wei = float((weights[rows] / near).sum())
        gone = np.zeros(len(rows), dtype=np.bool_)
        gains = [
            float(cover_ball(x, int(np.searchsorted(rows, row)), square, gone, near, square))
            for row in admission.picks
        ]
        rank = draws[rows] if self.order == "random" else 1.0 / weights[rows]
        while not admission.full:
            left = np.nonzero(~gone & admission.open_rows()[rows])[0]
            if not len(left):
                break
            keys = near[left] * rank[left] if self.order == "degree" else rank[left]
            best = int(left[keys.argmin()])
            admission.add(int(rows[best]))
            gains.append(float(cover_ball(x, best, square, gone, near, square)))
        apart = len(admission.picks) - len(limits.keep)
        stats: dict[str, Any] = {"radius": radius, "apart": apart, "caro_wei": caro_wei}
        if self.weights is not None:
            stats["weight"] = float(weights[admission.picks].sum())
        _spread(X, admission)
        return Selection(
            indices=np.asarray(admission.picks, dtype=np.int64),
            method=self.card.name,
            seed=seed,
            gains=np.asarray(gains + [0.0] * (len(admission.picks) - len(gains))),
            stats={**stats, "sample": len(rows)},
            pool=pool,
        )

    def _weights(self, pool: Pool) -> NDArray[np.float64]:
        if self.weights is None:
            return np.ones(len(pool))
        weights = np.asarray(pool.signal(self.weights, ndim=1), dtype=np.float64)
        if len(low := np.nonzero(weights <= 0)[0]):
            found = f"it is {weights[low[0]]:.6g} in row {pool.describe(int(low[0]))}"
            raise SignalError(self.weights, found, "shift or scale it above 0")
        return weights


def _spread(X: NDArray[Any], admission: Admission) -> float:
    """Add the row farthest from all picks until the budget ends; returns the least distance."""
    from cribble.kernels.distances import Centers

    if admission.done:
        return 0.0
    centers, least = Centers(X), math.inf
    for row in admission.picks:
        centers.add(row)
    while not admission.full:
        row = centers.farthest(
            admission.blocked, admission.codes, admission.costs, admission.ceiling
        )
        if row < 0:
            break
        admission.add(row)
        least = min(least, centers.add(row))
    return math.sqrt(least) if math.isfinite(least) else 0.0


def _reach(X: NDArray[Any], admission: Admission) -> float:
    """The distance that farthest-first traversal keeps; at least the smallest normal float."""
    return max(_spread(X, admission), math.sqrt(float(np.finfo(np.float32).tiny)))
