"""The greedy that suits the limits; under a cost budget the better of two."""

from __future__ import annotations

from typing import Protocol

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run
from cribble.optimizers.greedy import greedy
from cribble.optimizers.lazy import lazy


class Walk(Protocol):
    """An optimizer that adds rows one after another, by gain or by gain per cost."""

    def __call__(self, objective: Objective, admission: Admission, *, by_cost: bool) -> Run:
        """Run it, from the empty set."""
        ...


def maximize(objective: Objective, limits: Limits) -> Run:
    """Run greedy, lazily where the objective allows it, as `better_of_two` does."""
    return better_of_two(objective, limits, lazy if objective.submodular else greedy)


def better_of_two(objective: Objective, limits: Limits, walk: Walk) -> Run:
    """Run an optimizer; under a cost budget twice, by gain per cost and by gain.

    The better set is returned: alone, the first may spend all on one tiny row and the second on
    one dear row. The second begins with the best single row. For greedy, a monotone submodular
    objective and no group minima, the better has at least (1 - 1/e) / 2 of the optimum.

    Args:
        objective: Any objective, at the empty set; it ends at the set returned.
        limits: What the picks must hold.
        walk: The optimizer.

    Source:
        Leskovec et al. (2007), doi:10.1145/1281192.1281239.
    """
    by_gain = walk(objective, Admission(limits), by_cost=False)
    if limits.rows is not None:
        return by_gain
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
