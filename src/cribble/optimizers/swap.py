"""Swap local search: exchange picks for better rows until no exchange helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits, row_uniforms
from cribble.objectives.base import Exchanging, Objective, Removing
from cribble.optimizers.base import Run, lazy_best
from cribble.optimizers.greedy import greedy
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.lazy import lazy

Start = Callable[[Objective, Limits], Run]
Found = tuple[int, int, float]
"""A place among the picks, the row to put there, and what that adds."""
# Smaller improvements may be rounding, and would let exchanges go round in circles.
_ROUNDING = 1e-12


def swap(
    objective: Objective,
    limits: Limits,
    start: Start = maximize,
    *,
    passes: int = 10,
    least: float = 1e-4,
    candidates: int | None = None,
    seed: int = 0,
) -> Run:
    """Exchange one pick at a time for the row that adds the most in its place.

    It ends after a pass over all picks without an exchange, or after ``passes``. An exchange must
    add more than ``least`` / k of the value. A set that no exchange improves has, for a monotone
    submodular objective under a row budget or group limits, at least 1/2 of the optimum, up to
    ``least``, whatever it started from; with ``candidates``, of the optimum over the candidates.

    An objective that evaluates all exchanges at once, as facility location does, is asked once
    an exchange and once more. One that rows can be taken out of costs about as much a pass as
    greedy. For others a pass builds k sets from scratch, and so costs about k times that. The sets
    are the same.

    Args:
        objective: Any objective, at the empty set; it ends at the set returned.
        limits: What the picks must hold.
        start: Finds the first set, and leaves the objective at it.
        passes: Passes over the picks, at most.
        least: Least relative improvement, 0 or more.
        candidates: Where more rows may be picked, only so many may come in, and the rows of the
            first set: half of them those that would add the most to it, the others drawn.
        seed: Seed of the draw.

    Source:
        Fisher, Nemhauser and Wolsey (1978), doi:10.1007/BFb0121195; all exchanges at once,
        Schubert and Rousseeuw (2021), arXiv:2008.05171.
    """
    run = start(objective, limits)
    picks, value = run.indices.tolist(), run.value
    rows = _candidates(objective, limits, run, candidates, seed)
    evaluations = run.evaluations
    search: _AtOnce | _InPlace | _OneByOne
    if isinstance(objective, Exchanging):
        search = _AtOnce(objective, limits, rows)
    elif isinstance(objective, Removing):
        search = _InPlace(objective, limits, rows)
    else:
        search = _OneByOne(objective, limits, rows)
    for _ in range(passes):
        before, place = list(picks), len(limits.keep)
        while place < len(picks):
            enough = max(_ROUNDING, least / len(picks)) * abs(value)
            found = search.next(picks, value, place, enough)
            if found is None:
                break
            place, row, gain = found
            picks[place], value, place = row, value + gain, place + 1
        if picks == before:
            break
    evaluations += search.evaluations
    objective.reset()
    walk = lazy if objective.submodular else greedy
    last = walk(objective, _admission(limits, picks), by_cost=limits.rows is None)
    uppers = [one.upper_bound for one in (run, last) if one.upper_bound is not None]
    return replace(
        last,
        upper_bound=min(uppers, default=None),
        evaluations=evaluations + last.evaluations,
    )


def _candidates(
    objective: Objective, limits: Limits, run: Run, most: int | None, seed: int
) -> NDArray[np.int64]:
    """The rows that may come in, ascending; the objective stands at the first set."""
    rows = np.nonzero(~limits.excluded)[0]
    if most is None or len(rows) <= most:
        return rows
    others = np.setdiff1d(rows, run.indices)
    order = others[np.argsort(-objective.gains(others), kind="stable")]
    best, rest = order[: (most + 1) // 2], np.sort(order[(most + 1) // 2 :])
    keys = row_uniforms(seed, "swap", 0, limits.size)[rest]
    drawn = rest[np.argsort(keys, kind="stable")[: most // 2]]
    return np.sort(np.concatenate([run.indices, best, drawn]))


def _admission(limits: Limits, picks: list[int]) -> Admission:
    admission = Admission(limits)
    admission.add_in_order(np.asarray(picks[len(limits.keep) :], dtype=np.int64))
    return admission


class _OneByOne:
    """Exchanges of an objective that knows gains alone: a set from scratch for every pick."""

    def __init__(self, objective: Objective, limits: Limits, candidates: NDArray[np.int64]) -> None:
        self._objective, self._limits, self._candidates = objective, limits, candidates
        self.evaluations = 0

    def next(self, picks: list[int], value: float, place: int, enough: float) -> Found | None:
        """Find the first place, from ``place`` on, where a row adds more than ``enough``."""
        for at in range(place, len(picks)):
            row, after = self._best_in_place([*picks[:at], *picks[at + 1 :]])
            if after - value > enough:
                return at, row, after - value
        return None

    def _best_in_place(self, rest: list[int]) -> tuple[int, float]:
        """Find the row that adds the most to some picks, and the value with it."""
        objective, admission = self._objective, _admission(self._limits, rest)
        objective.reset()
        for row in admission.picks:
            objective.add(row)
        rows = self._candidates[admission.admitted(self._candidates)]
        if not len(rows):
            return -1, -np.inf
        every = 2 * len(rows) > objective.size
        bounds = np.full(objective.size, np.inf)
        if objective.submodular and every:
            bounds = objective.bounds()
        row, gain, asked = lazy_best(objective, rows, bounds, np.ones(objective.size))
        self.evaluations += asked + (len(bounds) if every else 0)
        return row, objective.value + gain


class _InPlace:
    """Exchanges of an objective that stands at the picks, and lets one after another go."""

    def __init__(self, objective: Removing, limits: Limits, candidates: NDArray[np.int64]) -> None:
        self._objective, self._limits, self._candidates = objective, limits, candidates
        self.evaluations = 0

    def next(self, picks: list[int], value: float, place: int, enough: float) -> Found | None:
        """Find the first place, from ``place`` on, where a row adds more than ``enough``."""
        objective = self._objective
        for at in range(place, len(picks)):
            admission = _admission(self._limits, [*picks[:at], *picks[at + 1 :]])
            change = objective.remove(picks[at])
            # The pick itself is among them.
            rows = self._candidates[admission.admitted(self._candidates)]
            gains = objective.gains(rows)
            self.evaluations += len(rows)
            best = int(gains.argmax())
            change += float(gains[best])
            if change > enough:
                objective.add(int(rows[best]))
                return at, int(rows[best]), change
            objective.add(picks[at])
        return None


class _AtOnce:
    """Exchanges of an objective that evaluates all of them together."""

    def __init__(
        self, objective: Exchanging, limits: Limits, candidates: NDArray[np.int64]
    ) -> None:
        self._objective, self._limits, self._candidates = objective, limits, candidates
        self._picks: list[int] = []
        self.evaluations = 0

    def next(self, picks: list[int], value: float, place: int, enough: float) -> Found | None:
        """Find the first place, from ``place`` on, where a row adds more than ``enough``."""
        if picks != self._picks:
            self._picks = list(picks)
            self._rows, self._gains = self._best_in_places(picks)
        better = np.nonzero(self._gains[place:] > enough)[0]
        if not len(better):
            return None
        at = place + int(better[0])
        return at, int(self._rows[at]), float(self._gains[at])

    def _best_in_places(self, picks: list[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the row that adds the most in the place of each pick, and how much."""
        rows, gains = np.full(len(picks), -1), np.full(len(picks), -np.inf)
        admission = _admission(self._limits, picks)
        ceilings = None
        if not admission.unrestricted:
            without = [[*picks[:at], *picks[at + 1 :]] for at in range(len(picks))]
            ceilings = np.array([_admission(self._limits, rest).ceiling for rest in without])
        for some, changes in self._objective.exchanges(np.asarray(picks), self._candidates):
            changes[admission.blocked[some]] = -np.inf
            if ceilings is not None:
                dear = admission.costs[some, None] > ceilings[:, admission.codes[some]].T
                changes[dear] = -np.inf
            best = changes.argmax(axis=0)
            found = changes[best, np.arange(len(picks))]
            better = found > gains
            rows[better], gains[better] = some[best[better]], found[better]
            self.evaluations += len(some)
        return rows, gains
