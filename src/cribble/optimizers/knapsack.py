"""The greedy that suits the limits; under a cost budget the better of two."""

from __future__ import annotations

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run
from cribble.optimizers.greedy import greedy
from cribble.optimizers.lazy import lazy


def maximize(objective: Objective, limits: Limits) -> Run:
    """Run greedy, lazily where the objective allows it.

    Under a cost budget greedy runs twice, by gain per cost and by gain, and the better set is
    returned: alone, the first may spend all on one tiny row and the second on one dear row. The
    second begins with the best single row. For a monotone submodular objective and no group
    minima, the better has at least (1 - 1/e) / 2 of the optimum.

    Args:
        objective: Any objective, at the empty set; it ends at the set returned.
        limits: What the picks must hold.

    Source:
        Leskovec et al. (2007), doi:10.1145/1281192.1281239.
    """
    walk = lazy if objective.submodular else greedy
    if limits.rows is not None:
        return walk(objective, Admission(limits))
    by_gain = walk(objective, Admission(limits))
    objective.reset()
    by_cost = walk(objective, Admission(limits), by_cost=True)
    best = by_cost
    if by_gain.value > by_cost.value:
        best = by_gain
        objective.reset()
        for row in best.indices:
            objective.add(int(row))
    uppers = [run.upper_bound for run in (by_gain, by_cost) if run.upper_bound is not None]
    evaluations = by_gain.evaluations + by_cost.evaluations
    return Run(best.indices, best.gains, best.value, min(uppers, default=None), evaluations)
