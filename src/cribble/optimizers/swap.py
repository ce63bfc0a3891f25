"""Swap local search: exchange picks for better rows until no exchange helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run, lazy_best
from cribble.optimizers.greedy import greedy
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.lazy import lazy

Start = Callable[[Objective, Limits], Run]


def swap(
    objective: Objective,
    limits: Limits,
    start: Start = maximize,
    *,
    passes: int = 10,
    least: float = 1e-4,
) -> Run:
    """Exchange one pick at a time for the row that adds the most in its place.

    It ends after a pass over all picks without an exchange, or after ``passes``. An exchange must
    add more than ``least`` / k of the value. A set that no exchange improves has, for a monotone
    submodular objective under a row budget or group limits, at least 1/2 of the optimum, up to
    ``least``, whatever it started from. A pass builds k sets from scratch, so it costs about k
    times what greedy does.

    Args:
        objective: Any objective, at the empty set; it ends at the set returned.
        limits: What the picks must hold.
        start: Finds the first set.
        passes: Passes over the picks, at most.
        least: Least relative improvement, 0 or more.

    Source:
        Fisher, Nemhauser and Wolsey (1978), doi:10.1007/BFb0121195.
    """
    run = start(objective, limits)
    picks, value = run.indices.tolist(), run.value
    evaluations = run.evaluations
    for _ in range(passes):
        before = list(picks)
        for place in range(len(limits.keep), len(picks)):
            rest = [*picks[:place], *picks[place + 1 :]]
            row, after, asked = _best_in_place(objective, _admission(limits, rest))
            evaluations += asked
            if after - value > max(0.0, least * abs(value) / len(picks)):
                picks[place], value = row, after
        if picks == before:
            break
    objective.reset()
    walk = lazy if objective.submodular else greedy
    last = walk(objective, _admission(limits, picks), by_cost=limits.rows is None)
    uppers = [one.upper_bound for one in (run, last) if one.upper_bound is not None]
    return replace(
        last,
        upper_bound=min(uppers, default=None),
        evaluations=evaluations + last.evaluations,
    )


def _admission(limits: Limits, picks: list[int]) -> Admission:
    admission = Admission(limits)
    for row in picks[len(limits.keep) :]:
        admission.add(row)
    return admission


def _best_in_place(objective: Objective, admission: Admission) -> tuple[int, float, int]:
    """Find the row that adds the most to the picks, and the value with it."""
    objective.reset()
    for row in admission.picks:
        objective.add(row)
    rows = np.nonzero(admission.open_rows())[0]
    if not len(rows):
        return -1, -np.inf, 0
    bounds = objective.bounds() if objective.submodular else np.full(objective.size, np.inf)
    row, gain, asked = lazy_best(objective, rows, bounds, np.ones(objective.size))
    return row, objective.value + gain, len(bounds) + asked
