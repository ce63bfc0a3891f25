"""Lazy greedy: the picks of greedy, for a small part of its evaluations."""

from __future__ import annotations

import numpy as np

from cribble.constraints import Admission
from cribble.core.errors import ParameterError
from cribble.kernels.tournament import Tournament
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run, divisors
from cribble.optimizers.certificate import optimum_bound

_LARGEST_BATCH = 32


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
    if not objective.submodular:
        raise ParameterError(
            "objective", type(objective).__name__, "submodular for lazy evaluation; use greedy"
        )
    limits = admission.limits
    divisor = divisors(admission, by_cost=by_cost)
    found = [objective.add(row) for row in admission.picks]
    bounds = objective.bounds()
    bounds[admission.picks] = 0.0
    tournament = Tournament(np.where(admission.open_rows(), bounds / divisor, -np.inf))
    stamps = np.full(objective.size, -1, dtype=np.int64)
    upper = objective.value + optimum_bound(bounds, limits)
    evaluations = objective.size
    batch = 1
    while limits.rows is None or len(admission.picks) < limits.rows:
        step = len(admission.picks)
        rows = tournament.pop_stale(stamps, step, batch)
        if len(rows):
            blocked = admission.costs[rows] > admission.ceiling[admission.codes[rows]]
            rows = rows[~blocked]
            bounds[rows] = objective.gains(rows)
            stamps[rows] = step
            tournament.update(rows, bounds[rows] / divisor[rows])
            evaluations += len(rows)
            batch = min(2 * batch, _LARGEST_BATCH)
            continue
        row = tournament.top
        if row < 0 or (limits.rows is None and bounds[row] < 0):
            break
        admission.add(row)
        found.append(objective.add(row))
        bounds[row] = 0.0
        tournament.update(np.array([row]), np.array([-np.inf]))
        batch = 1
        if (step + 1) & step == 0:
            upper = min(upper, objective.value + optimum_bound(bounds, limits))
    if objective.monotone:
        last = np.minimum(bounds, objective.bounds())
        last[admission.picks] = 0.0
        upper = min(upper, objective.value + optimum_bound(last, limits))
    return Run(
        np.asarray(admission.picks, dtype=np.int64),
        np.asarray(found, dtype=np.float64),
        objective.value,
        float(upper) if objective.monotone else None,
        evaluations,
    )
