"""Sets of large utility whose rows keep a distance, one threshold after another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.kernels.separation import least_distance
from cribble.optimizers.spacing import Near


def geometric_thresholds(diameter: float, eps: float) -> NDArray[np.float64]:
    """Space thresholds by a factor 1 + eps, from eps / 2 of the diameter up to all of it."""
    steps = int(np.log(2 / eps) / np.log1p(eps) + 1e-9)
    grid: NDArray[np.float64] = (1 + eps) ** np.arange(steps + 1) * eps * diameter / 2
    return grid


def half_distances(X: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Take half of each distance among some rows, ascending, without repeats."""
    some = X[rows].astype(np.float64)
    gaps = np.sqrt(((some[:, None] - some[None]) ** 2).sum(axis=2))
    return np.unique(gaps[np.triu_indices(len(rows), 1)] / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A set, how it came about and what it is worth.

    Args:
        rule: "threshold", "pair" or "greedy".
        threshold: Distance that its rows had to keep, 0 for other rules.
        picks: (m,) int64 rows in pick order.
        spread: Least distance of a row that was not kept to the rows before it.
        diversity: Least distance between two rows; the diameter for fewer than two. By lists of
            near rows both are at most that.
        utility: What it is worth beside.
        value: utility + balance * diversity.
        full: Whether it uses the budget up.
    """

    rule: str
    threshold: float
    picks: NDArray[np.int64]
    spread: float
    diversity: float
    utility: float
    value: float
    full: bool


class Utility(Protocol):
    """A monotone function of sets, and how to find large sets of it that keep a distance."""

    def worth(self, rows: NDArray[np.int64]) -> float:
        """What a set is worth."""
        ...

    def walk(self, search: Separation, threshold: float) -> tuple[list[int], float] | None:
        """Add the open row of largest gain that keeps the threshold to all before it.

        Returns:
            The rows in pick order and the least distance of one to those before it, kept rows
            aside; None where the set cannot reach ``search.target``.
        """
        ...

    def greedy(self, search: Separation) -> tuple[list[int], float]:
        """Add the open row after which the whole value is largest; returns what ``walk`` does."""
        ...


@dataclass(slots=True, eq=False)
class Separation:
    """Maximize utility(S) + balance * diversity(S) over sets within the limits.

    Args:
        X: (n, d) float32 or float64 rows.
        utility: What a set is worth beside its diversity.
        balance: Weight of the diversity, 0 or more.
        diameter: Largest distance in the pool; the diversity of fewer than two rows.
        limits: What the picks must hold.
        fill: Compare only sets that use the budget up.
        near: Lists of near rows to keep the distance by, for many picks: two picks that do not
            list each other count as far apart as they are at least. None measures.

    Source:
        Fahrbach, Ramalingam, Zadimoghaddam, Ahmadian, Citovsky and DeSalvo (2025),
        arXiv:2405.18754.
    """

    X: NDArray[Any]
    utility: Utility
    balance: float
    diameter: float
    limits: Limits
    fill: bool = True
    near: Near | None = None
    best: Candidate | None = None
    table: list[Candidate] = field(default_factory=list)
    _spent: float = field(init=False, default=0.0)

    def search(self, thresholds: NDArray[np.float64]) -> None:
        """Try every threshold, ascending, after threshold 0; the later of two equals wins.

        A set whose rows keep more than the next threshold is its set too. A walk is given up
        once the best that can still come is worth less than the best found. Where a threshold
        leaves m < k rows that no row can join, they cover the pool, so that among any k rows two
        lie within twice the threshold: larger ones cannot be filled.
        """
        self._try(np.concatenate([[0.0], thresholds]))

    def refine(self, eps: float, steps: int = 16) -> None:
        """Try finer thresholds around the best one, from 1 + eps below it to 1 + eps above."""
        if self.best is not None and self.best.threshold > 0:
            powers = np.linspace(-1, 1, steps + 1)
            self._try(self.best.threshold * (1 + eps) ** powers)

    def _try(self, thresholds: NDArray[np.float64]) -> None:
        reach, most = -1.0, np.inf
        for threshold in thresholds.tolist():
            if threshold <= reach:
                continue
            if threshold > most:
                break
            found = self._walk(threshold)
            if found is None:
                continue
            reach = found.spread
            if self.fill and not found.full and self.limits.plain:
                most = min(most, 2.0 * threshold)
            self.offer(found)

    def try_pair(self, first: int, second: int, distance: float) -> None:
        """Offer two far rows alone, where the limits let both in."""
        admission = Admission(self.limits)
        if admission.picks:
            return
        for row in (first, second):
            if not admission.admits(row):
                return
            admission.add(row)
        self.offer(self.judge("pair", 0.0, admission.picks, distance), strict=True)

    def try_greedy(self) -> None:
        """Offer the set that adds, at each step, the row after which the value is largest.

        Where smaller sets compete, each of its first rows is offered too.
        """
        picks, spread = self.utility.greedy(self)
        if not self.fill:
            first, apart = len(self.limits.keep), np.inf
            for size in range(max(1, first), len(picks)):
                if size > first:
                    rows = self.X[np.asarray(picks[:size])].astype(np.float64)
                    gaps = np.sqrt(((rows[:-1] - rows[-1]) ** 2).sum(axis=1))
                    apart = min(apart, float(gaps.min(initial=np.inf)))
                self.offer(self.judge("greedy", 0.0, picks[:size], apart), strict=True)
        self.offer(self.judge("greedy", 0.0, picks, spread), strict=True)

    def offer(self, candidate: Candidate, *, strict: bool = False) -> None:
        """Note a candidate, and take it if it is the best so far."""
        self.table.append(candidate)
        if self.fill and not candidate.full:
            return
        best = self.best.value if self.best is not None else -np.inf
        if candidate.value > best or (candidate.value == best and not strict):
            self.best = candidate

    def settle(self) -> Candidate:
        """Measure the best set where lists only bounded its least distance from below."""
        assert self.best is not None
        best = self.best
        if self.near is not None and len(best.picks) > 1:
            least = least_distance(self.X[best.picks])
            kept = least_distance(self.X[best.picks[: len(self.limits.keep)]])
            diversity = min(least, self.diameter)
            self.best = replace(
                best,
                spread=least if least < kept else best.spread,
                diversity=diversity,
                value=best.utility + self.balance * diversity,
            )
        return self.best

    def judge(self, rule: str, threshold: float, picks: list[int], spread: float) -> Candidate:
        """Work out what a set is worth."""
        rows = np.asarray(picks, dtype=np.int64)
        kept = least_distance(self.X[rows[: len(self.limits.keep)]])
        diversity = min(spread, kept, self.diameter)
        utility = self.utility.worth(rows)
        value = utility + self.balance * diversity
        return Candidate(
            rule, threshold, rows, spread, diversity, utility, value, self._is_full(rows)
        )

    def _is_full(self, rows: NDArray[np.int64]) -> bool:
        """Whether the budget is used up; in cost, to 95 % of what threshold 0 spends."""
        limits = self.limits
        if limits.rows is not None:
            return len(rows) >= limits.rows
        assert limits.costs is not None
        counts = np.bincount(limits.groups.codes[rows], minlength=len(limits.lower))
        spent = float(limits.costs[rows].sum())
        if not self.table:
            self._spent = spent
        return bool((counts >= limits.lower).all()) and spent >= 0.95 * self._spent

    def _walk(self, threshold: float) -> Candidate | None:
        """Find the set of a threshold; None where it cannot be worth more than the best."""
        found = self.utility.walk(self, threshold)
        return None if found is None else self.judge("threshold", threshold, *found)

    @property
    def target(self) -> float:
        """What a walk must still be able to reach, a hair below the best found.

        Below, so that rounding never gives up an equal.
        """
        return -np.inf if self.best is None else self.best.value - 1e-9 * abs(self.best.value)
