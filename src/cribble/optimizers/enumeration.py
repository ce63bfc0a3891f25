"""Partial enumeration: greedy by gain per cost from every pair of rows that could still win."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.core.errors import ParameterError
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run
from cribble.optimizers.greedy_max import greedy_max
from cribble.optimizers.lazy import Walk, lazy

_MOST_ROWS = 20_000


def enumeration(objective: Objective, limits: Limits) -> Run:
    """Fill up every row and every pair of rows by gain per cost, and return the best set.

    For a monotone submodular objective under a cost budget without group minima at least 1 - 1/e
    of the optimum, the most that polynomial time allows; and never less than Greedy+Max, which
    comes first. A start whose gains show that no set with it is worth more is passed over. About
    n^2 gains and O(n^2 log n) time, and greedy for the starts that are left. Under a row budget
    it is greedy.

    Args:
        objective: A submodular objective, at the empty set; it ends at the set returned.
        limits: What the picks must hold.

    Raises:
        ParameterError: The objective is not submodular, or above 20,000 rows may be picked under a
            cost budget.

    Source:
        Sviridenko (2004), doi:10.1016/S0167-6377(03)00062-2, with triples; that pairs suffice,
        Kulik, Schwartz and Shachnai (2021), arXiv:2102.12879.
    """
    if limits.rows is not None:
        return lazy(objective, Admission(limits))
    count = limits.size - int(limits.excluded.sum())
    if count > _MOST_ROWS:
        allowed = f"another for {count:,} rows, such as greedy-max: n^2 gains take {_MOST_ROWS:,}"
        raise ParameterError("optimizer", "enumeration", allowed)
    first = greedy_max(objective, limits)
    search = _Search(objective, limits, first)
    for row in np.nonzero(Admission(limits).open_rows())[0].tolist():
        search.start_from(row)
    objective.reset()
    last = lazy(objective, _admission(limits, search.picks), by_cost=True)
    uppers = [one.upper_bound for one in (first, last) if one.upper_bound is not None]
    return replace(
        last,
        upper_bound=min(uppers, default=None),
        evaluations=first.evaluations + search.evaluations + last.evaluations,
    )


def _admission(limits: Limits, rows: list[int]) -> Admission:
    admission = Admission(limits)
    for row in rows:
        admission.add(row)
    return admission


class _Search:
    """The best set so far, and the starts that could lead to a better one.

    Args:
        objective: A submodular objective.
        limits: A cost budget, and what else the picks must hold.
        first: The set to begin with.
    """

    def __init__(self, objective: Objective, limits: Limits, first: Run) -> None:
        self._objective, self._limits = objective, limits
        self.value = first.value
        self.picks = first.indices[len(limits.keep) :].tolist()
        self.evaluations = 0

    def start_from(self, row: int) -> None:
        """Fill up a row, and each pair of it and a later one, where that could be the best."""
        found = self._promise([row])
        if found is None:
            return
        admission, bounds, most, left = found
        value = self._objective.value
        self._fill(admission, bounds)
        later = np.nonzero(bounds[row + 1 :] > 0)[0] + row + 1
        reach = value + bounds[later] + most.within(left - admission.costs[later])
        for at in np.argsort(-reach, kind="stable"):
            if reach[at] <= self.value:
                break
            pair = self._promise([row, int(later[at])])
            if pair is not None:
                self._fill(*pair[:2])

    def _promise(
        self, start: list[int]
    ) -> tuple[Admission, NDArray[np.float64], _Fractions, float] | None:
        """Stand at a start and bound every gain; None where no set with it is worth more."""
        objective, limits = self._objective, self._limits
        objective.reset()
        admission = _admission(limits, start)
        for pick in admission.picks:
            objective.add(pick)
        rows = np.nonzero(admission.open_rows())[0]
        bounds = np.zeros(limits.size)
        bounds[rows] = objective.gains(rows)
        self.evaluations += len(rows)
        # No gain rises: a set that holds a start adds at most the best fractions of these gains.
        left = float(limits.cost or 0.0) * (1 + 1e-9) - admission.spent
        most = _Fractions(bounds[rows], admission.costs[rows])
        if objective.value + most.within(np.array([left]))[0] <= self.value:
            return None
        return admission, bounds, most, left

    def _fill(self, admission: Admission, bounds: NDArray[np.float64]) -> None:
        self._objective.reset()
        walk = Walk(self._objective, admission, by_cost=True, bounds=bounds)
        while walk.step():
            pass
        self.evaluations += walk.evaluations
        if self._objective.value > self.value:
            self.value = self._objective.value
            self.picks = admission.picks[len(self._limits.keep) :]


class _Fractions:
    """The largest sum of gains that a cost buys, where rows may be bought in part.

    Args:
        gains: (m,) float64; negative ones count as 0.
        costs: (m,) float64, 0 or more.
    """

    def __init__(self, gains: NDArray[np.float64], costs: NDArray[np.float64]) -> None:
        gains = np.maximum(gains, 0.0)
        free = float(gains[costs <= 0].sum())
        paid = np.nonzero(costs > 0)[0]
        paid = paid[np.argsort(-gains[paid] / costs[paid], kind="stable")]
        self._spent = np.concatenate([[0.0], np.cumsum(costs[paid])])
        self._total = np.concatenate([[free], free + np.cumsum(gains[paid])])

    def within(self, costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Look the sums up for some costs, (m,) float64."""
        found: NDArray[np.float64] = np.interp(costs, self._spent, self._total)
        return found
