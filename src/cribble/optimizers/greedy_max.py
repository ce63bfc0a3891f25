"""Greedy+Max: greedy by gain per cost, and at each step the one row that would add the most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run, lazy_best
from cribble.optimizers.lazy import Walk, lazy


def greedy_max(objective: Objective, limits: Limits) -> Run:
    """Run greedy by gain per cost, and find the best set of some first picks and one row more.

    What the budget has left after that set is spent by gain per cost. For a monotone submodular
    objective under a cost budget without group minima at least 1/2 of the optimum, where the
    better of two greedy runs promises 0.316. Under a row budget it is greedy.

    Args:
        objective: A submodular objective, at the empty set; it ends at the set returned.
        limits: What the picks must hold.

    Raises:
        ParameterError: The objective is not submodular.

    Source:
        Yaroslavtsev, Zhou and Avdiukhin (2020), arXiv:1910.05646.
    """
    admission = Admission(limits)
    if limits.rows is not None:
        return lazy(objective, admission)
    walk = Walk(objective, admission, by_cost=True)
    ones = np.ones(objective.size)
    best, prefix, last = -np.inf, 0, -1
    while True:
        rows = np.nonzero(admission.open_rows() & (walk.bounds > best - objective.value))[0]
        if len(rows):
            row, gain, asked = lazy_best(objective, rows, walk.bounds, ones)
            walk.evaluations += asked
            if objective.value + gain > best:
                best, prefix, last = objective.value + gain, len(admission.picks), row
        if not walk.step():
            break
    plain = walk.run()
    if not best > plain.value:
        return plain
    admission = Admission(limits)
    for row in [*plain.indices[len(limits.keep) : prefix].tolist(), last]:
        admission.add(row)
    objective.reset()
    run = lazy(objective, admission, by_cost=True)
    uppers = [one.upper_bound for one in (plain, run) if one.upper_bound is not None]
    return replace(
        run,
        upper_bound=min(uppers, default=None),
        evaluations=plain.evaluations + run.evaluations,
    )
