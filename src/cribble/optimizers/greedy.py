"""Greedy: add the row of largest gain, again and again."""

from __future__ import annotations

import numpy as np

from cribble.constraints import Admission
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run, divisors
from cribble.optimizers.certificate import optimum_bound


def greedy(objective: Objective, admission: Admission, *, by_cost: bool = False) -> Run:
    """Evaluate every open row at every step and add the best, the lowest row among equals.

    For a monotone submodular objective at least 1 - 1/e of the optimum under a row budget, and at
    least 1/2 under group limits. A row budget is filled even where gains are zero or negative;
    under a cost budget only what the group minima still need is added once no gain is above zero.

    Args:
        objective: Any objective, at the empty set.
        admission: The limits. Rows it has picked already are added first.
        by_cost: Compare gains per cost.

    Source:
        Nemhauser, Wolsey and Fisher (1978), doi:10.1007/BF01588971.
    """
    divisor = divisors(admission, by_cost=by_cost)
    found = [objective.add(row) for row in admission.picks]
    certain = objective.monotone and objective.submodular
    upper = np.inf
    evaluations = 0
    while True:
        rows = np.nonzero(~admission.blocked)[0]
        gains = objective.gains(rows)
        evaluations += len(rows)
        if certain:
            every = np.zeros(objective.size)
            every[rows] = gains
            upper = min(upper, objective.value + optimum_bound(every, admission.limits)[0])
        ready = admission.open_rows()[rows]
        if admission.done or not ready.any():
            break
        best = int(np.argmax(np.where(ready, gains / divisor[rows], -np.inf)))
        if admission.limits.rows is None and gains[best] < 0:
            admission.refuse_surplus()
            ready = admission.open_rows()[rows]
            if not ready.any():
                break
            best = int(np.argmax(np.where(ready, gains / divisor[rows], -np.inf)))
        admission.add(int(rows[best]))
        found.append(objective.add(int(rows[best])))
    return Run(
        np.asarray(admission.picks, dtype=np.int64),
        np.asarray(found, dtype=np.float64),
        objective.value,
        float(upper) if certain else None,
        evaluations,
    )
