"""Stochastic greedy: at each step the best of a few rows drawn by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import stream
from cribble.core.errors import ParameterError
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run, divisors, lazy_best
from cribble.optimizers.certificate import final_bound


def stochastic(
    objective: Objective,
    admission: Admission,
    *,
    seed: int = 0,
    eps: float = 0.01,
    by_cost: bool = False,
) -> Run:
    """Draw (n / k) ln(1 / eps) open rows at every step and add the best, the lowest among equals.

    For a monotone submodular objective at least 1 - 1/e - eps of the optimum under a row budget,
    on average over seeds. All steps together draw n ln(1 / eps) rows, whatever k is. Old gains
    bound new ones within a draw where the objective is submodular. Rows that the limits refuse
    are drawn anew and never again, so that they use up no part of a draw. A cost budget counts as
    many rows as it can pay for; after a draw without a gain of 0 or more, only what the group
    minima still need is added.

    Args:
        objective: Any objective, at the empty set.
        admission: The limits. Rows it has picked already are added first.
        seed: Seed of the draws.
        eps: What may be lost, in (0, 1).
        by_cost: Compare gains per cost.

    Raises:
        ParameterError: ``eps`` is outside (0, 1).

    Source:
        Mirzasoleiman et al. (2015), arXiv:1409.7938.
    """
    if not 0 < eps < 1:
        raise ParameterError("eps", eps, "above 0 and below 1")
    divisor = divisors(admission, by_cost=by_cost)
    found = [objective.add(row) for row in admission.picks]
    urn = _Urn(admission, seed)
    steps = max(1, admission.limits.most_rows - len(found))
    draw = int(np.ceil(len(urn) / steps * np.log(1 / eps)))
    bounds = np.full(objective.size, np.inf)
    evaluations = 0
    while not admission.full and len(rows := urn.draw(draw)):
        if not objective.submodular:
            bounds[rows] = np.inf
        best, gain, asked = lazy_best(objective, rows, bounds, divisor)
        evaluations += asked
        if admission.limits.rows is None and gain < 0:
            admission.refuse_surplus()
            if not admission.admits(best):
                continue
        admission.add(best)
        found.append(objective.add(best))
    return Run(
        np.asarray(admission.picks, dtype=np.int64),
        np.asarray(found, dtype=np.float64),
        objective.value,
        final_bound(objective, admission),
        evaluations,
    )


class _Urn:
    """The rows that may still be added, to be drawn from without replacement within a draw."""

    def __init__(self, admission: Admission, seed: int) -> None:
        self._admission = admission
        self._rows = np.nonzero(admission.open_rows())[0]
        self._count = len(self._rows)
        self._chance = stream(seed, "stochastic greedy")

    def __len__(self) -> int:
        return self._count

    def draw(self, size: int) -> NDArray[np.int64]:
        """Draw ``size`` open rows, or all there are, ascending; those refused leave for good."""
        while True:
            size = min(size, self._count)
            places = self._chance.choice(self._count, size, replace=False)
            rows = self._rows[places]
            ready = self._admission.admitted(rows)
            if ready.all():
                return np.sort(rows)
            # The last rows take the places of those that leave.
            leaving = np.sort(places[~ready])
            self._count -= len(leaving)
            tail = np.arange(self._count, self._count + len(leaving))
            staying = self._rows[np.setdiff1d(tail, leaving, assume_unique=True)]
            self._rows[leaving[leaving < self._count]] = staying
