"""Lazy greedy: the picks of greedy, for a small part of its evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.kernels.tournament import Tournament
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run, divisors, require_submodular
from cribble.optimizers.certificate import final_bound

# Screened rows are re-evaluated one by one for much more than their share of a batch.
_LARGEST_BATCH = 32
# Screening is cheap, calls are not.
_FIRST_SCREENED = 8
_LARGEST_CHEAP_BATCH = 512

Evaluate = Callable[[NDArray[np.int64]], NDArray[np.float64]]
Lead = Callable[[tuple[Any, ...], int], tuple[int, int]]


def lazy(objective: Objective, admission: Admission, *, by_cost: bool = False) -> Run:
    """Evaluate a row only when what it gained before could still win.

    Gains of a submodular objective never rise, so an old gain bounds a new one. The picks are
    those of `greedy`, ties included. Rows that the limits refuse once are left out for good.

    Args:
        objective: A submodular objective, at the empty set.
        admission: The limits. Rows it has picked already are added first.
        by_cost: Compare gains per cost.

    Raises:
        ParameterError: The objective is not submodular, so that old gains bound nothing.

    Source:
        Minoux (1978), doi:10.1007/BFb0006528.
    """
    walk = Walk(objective, admission, by_cost=by_cost)
    while walk.step():
        pass
    return walk.run()


class Walk:
    """One run of lazy greedy, step by step: what was last known of every row, and who leads.

    Args:
        objective: A submodular objective, at the empty set.
        admission: The limits. Rows it has picked already are added first.
        by_cost: Compare gains per cost.
        bounds: (n,) float64, no gain at the empty set exceeds its bound; None asks the objective.

    Attributes:
        bounds: (n,) float64, no gain exceeds its bound; 0 for picks.
        evaluations: Number of gains evaluated or screened so far.
    """

    def __init__(
        self,
        objective: Objective,
        admission: Admission,
        *,
        by_cost: bool,
        bounds: NDArray[np.float64] | None = None,
    ) -> None:
        require_submodular(objective)
        self.objective = objective
        # What `Screening` and `Leading` have; to ask for a protocol costs more than a short walk.
        self.screen: Evaluate | None = getattr(objective, "screen", None)
        # A leader found by ceilings alone would have ruled rows out that a refusal lets lead.
        self.lead: Lead | None = getattr(objective, "lead", None) if admission.by_ceiling else None
        self.admission = admission
        self.divisor = divisors(admission, by_cost=by_cost)
        self.found = [objective.add(row) for row in admission.picks]
        # Fresh rows know their gain at this step, screened rows a bound of it, others an old one.
        self.fresh = np.full(objective.size, -1, dtype=np.int64)
        self.screened = np.full(objective.size, -1, dtype=np.int64)
        self.bounds = np.full(objective.size, np.inf)
        # No set exceeds this: every row of the optimum gains at most what the next pick does.
        self.upper = np.inf
        self.evaluations = 0
        self._first_batch = 1
        if bounds is None:
            self._refresh()
        else:
            self.bounds = bounds.copy()
            self.bounds[admission.picks] = 0.0
            self._rank()

    def _refresh(self) -> None:
        """Bound every row in one pass."""
        self.bounds = np.minimum(self.bounds, self.objective.bounds())
        self.bounds[self.admission.picks] = 0.0
        self.evaluations += len(self.bounds)
        self._rank()

    def _rank(self) -> None:
        """Let all open rows compete."""
        keys = np.where(self.admission.open_rows(), self.bounds / self.divisor, -np.inf)
        self.tournament = Tournament(keys)

    def step(self) -> bool:
        """Add one row; tell whether there was one to add."""
        limits, picks = self.admission.limits, self.admission.picks
        if self.admission.full:
            return False
        row = self._leader(len(picks))
        if row >= 0 and limits.rows is None and self.bounds[row] < 0:
            self.admission.refuse_surplus()
            self._rank()
            row = self._leader(len(picks))
        if row < 0:
            return False
        if limits.rows is not None and self.admission.unrestricted:
            room = limits.rows - len(limits.keep)
            self.upper = min(self.upper, self.objective.value + room * self.bounds[row])
        self.admission.add(row)
        self.found.append(self.objective.add(row))
        self.bounds[row] = 0.0
        if self.lead is None:
            # Picks are blocked, which `lead` sees itself.
            self.tournament.update(np.array([row]), np.array([-np.inf]))
        return True

    def _leader(self, now: int) -> int:
        """Find the open row of largest gain now; -1 where no row is open."""
        if self.lead is not None:
            settling = (self.fresh, self.bounds, self.divisor, self.admission)
            leader, settled = self.lead(self.tournament.entries(*settling), now)
            self.evaluations += settled
            return leader
        largest = _LARGEST_CHEAP_BATCH if self.screen is None else _LARGEST_BATCH
        screened, batch = _FIRST_SCREENED, self._first_batch
        spent, before = 0, self.evaluations
        while True:
            top = self.tournament.top
            if top < 0 or self.fresh[top] == now:
                if self.screen is None:
                    # What this step took tells what the next one takes.
                    self._first_batch = min(1 + (self.evaluations - before) // 4, largest)
                return top
            if self.screen is not None and self.screened[top] != now:
                rows = self.tournament.pop_stale(self.screened, now, screened)
                self._update(rows, self.screen, self.screened, now)
                spent += len(rows)
                screened = min(2 * screened, _LARGEST_BATCH)
                if spent > len(self.bounds) // 8:
                    self._refresh()
                    self.screened[:] = now
                continue
            rows = self.tournament.pop_stale(self.fresh, now, 1 if self.screen else batch)
            found = self._update(rows, self.objective.gains, self.fresh, now)
            batch = min(2 * batch, largest)
            if self.screen is None and len(found):
                # Most of those that bounds leave above the best so far must be evaluated anyhow.
                rows = self.tournament.stale_above(self.fresh, now, found.max(), 4 * len(found))
                if len(rows):
                    self._update(rows, self.objective.gains, self.fresh, now)

    def _update(
        self, rows: NDArray[np.int64], evaluate: Evaluate, stamps: NDArray[np.int64], now: int
    ) -> NDArray[np.float64]:
        """Evaluate those of some rows that may be added; returns their keys."""
        if not self.admission.unrestricted:
            rows = rows[self.admission.admitted(rows)]
        found = np.minimum(self.bounds[rows], evaluate(rows))
        self.bounds[rows] = found
        stamps[rows] = now
        keys: NDArray[np.float64] = found / self.divisor[rows]
        self.tournament.update(rows, keys)
        self.evaluations += len(rows)
        return keys

    def run(self) -> Run:
        """Close the run, with a certificate where the objective allows one."""
        last = final_bound(self.objective, self.admission, self.bounds)
        return Run(
            np.asarray(self.admission.picks, dtype=np.int64),
            np.asarray(self.found, dtype=np.float64),
            self.objective.value,
            None if last is None else min(float(self.upper), last),
            self.evaluations,
        )
