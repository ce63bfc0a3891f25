"""Threshold greedy: take what gains enough, then lower what is enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core.errors import ParameterError
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run, divisors, lazy_best, require_submodular
from cribble.optimizers.lazy import lazy

# Rows after a hit may be evaluated again, so that large batches waste more than they save.
_BATCH = 32


def threshold(
    objective: Objective, admission: Admission, *, eps: float = 0.1, by_cost: bool = False
) -> Run:
    """Walk over the rows and add at once each whose gain reaches a level, level after level.

    The first level is the largest gain, each next one 1 - eps of it, down to eps / n of the first.
    So every row added gains at least 1 - eps of what the best open one would: for a monotone
    submodular objective at least 1 - 1/e - eps of the optimum under a row budget, and at least
    1/2 - eps under group limits. What then remains of the budget, `lazy` fills.

    Args:
        objective: A submodular objective, at the empty set.
        admission: The limits. Rows it has picked already are added first.
        eps: How much the level is lowered, in (0, 1).
        by_cost: Compare gains per cost.

    Raises:
        ParameterError: ``eps`` is outside (0, 1), or the objective is not submodular.

    Source:
        Badanidiyuru and Vondrak (2014), doi:10.1137/1.9781611973402.110.
    """
    if not 0 < eps < 1:
        raise ParameterError("eps", eps, "above 0 and below 1")
    require_submodular(objective)
    scan = _Scan(objective, admission, by_cost=by_cost)
    first = scan.largest()
    level, lowest = first, eps / max(1, objective.size) * first
    while level > 0 and level >= lowest and not admission.full:
        scan.add_above(level)
        level *= 1 - eps
    objective.reset()
    run = lazy(objective, admission, by_cost=by_cost)
    return replace(run, evaluations=run.evaluations + scan.evaluations)


class _Scan:
    """What is known of every row between two levels."""

    def __init__(self, objective: Objective, admission: Admission, *, by_cost: bool) -> None:
        self.objective = objective
        self.admission = admission
        self.divisor = divisors(admission, by_cost=by_cost)
        for row in admission.picks:
            objective.add(row)
        self.bounds = objective.bounds()
        self.evaluations = objective.size

    def largest(self) -> float:
        """Evaluate the largest gain over divisor of an open row; 0 where no row is open."""
        rows = np.nonzero(self.admission.open_rows())[0]
        if not len(rows):
            return 0.0
        row, gain, asked = lazy_best(self.objective, rows, self.bounds, self.divisor)
        self.evaluations += asked
        return gain / float(self.divisor[row])

    def add_above(self, level: float) -> None:
        """Add, in row order, every row whose gain over divisor at its turn reaches the level."""
        rows = np.nonzero(self.admission.open_rows() & (self.bounds / self.divisor >= level))[0]
        for low in range(0, len(rows), _BATCH):
            some = rows[low : low + _BATCH]
            while len(some := some[self.admission.admitted(some)]):
                some = self._after_first(some, level)

    def _after_first(self, rows: NDArray[np.int64], level: float) -> NDArray[np.int64]:
        """Add the first row that reaches the level; return those after it that still may."""
        gains = self.objective.gains(rows)
        self.bounds[rows] = gains
        self.evaluations += len(rows)
        hits = rows[gains / self.divisor[rows] >= level]
        if len(hits):
            self.admission.add(int(hits[0]))
            self.objective.add(int(hits[0]))
        return hits[1:]
