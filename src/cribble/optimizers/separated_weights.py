"""Separated sets whose utility is a sum of weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.kernels.distances import Centers
from cribble.kernels.separation import least_distance
from cribble.optimizers.spacing import Path, spacing

if TYPE_CHECKING:
    from cribble.optimizers.separated import Separation


class Weights:
    """The utility of a set is the sum of its rows' weights: rows are visited once, best first.

    Args:
        values: (n,) float64, 0 or more.
    """

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values
        self._order = np.argsort(-values, kind="stable")
        self._ahead = np.concatenate([[0.0], np.cumsum(values[self._order])])

    def worth(self, rows: NDArray[np.int64]) -> float:
        """Sum the weights."""
        return float(self.values[rows].sum())

    def walk(self, search: Separation, threshold: float) -> tuple[list[int], float] | None:
        """Visit the rows from the best down; each joins if it keeps the threshold."""
        limits, admission = search.limits, Admission(search.limits)
        apart = spacing(search.X, threshold**2, search.near)
        for row in admission.picks:
            apart.add(row, kept=True)
        utility = float(self.values[admission.picks].sum())
        position = 0
        while len(admission.picks) < limits.most_rows and position < len(self._order):
            # Without groups and costs all rows that keep their distance may join.
            room = limits.most_rows - len(admission.picks) if limits.plain else 1
            worth = (self._ahead, utility, search.balance, search.diameter, search.target)
            gates = (admission.blocked, admission.codes, admission.costs, admission.ceiling)
            path = Path(self._order, position, limits.most_rows, worth, gates, room)
            position, joined = apart.walk(path)
            admission.add_in_order(joined)
            utility += float(self.values[joined].sum())
            if position > len(self._order):
                return None
        return admission.picks, float(np.sqrt(apart.closest))

    def greedy(self, search: Separation) -> tuple[list[int], float]:
        """Add the row of largest weight and least distance together, again and again."""
        admission = Admission(search.limits)
        centers = Centers(search.X)
        for row in admission.picks:
            centers.add(row)
        limit, spread = search.diameter, np.inf
        if len(admission.picks) > 1:
            limit = min(limit, least_distance(search.X[admission.picks]))
        while search.balance > 0 and not admission.done:
            gates = (admission.blocked, admission.codes, admission.costs, admission.ceiling)
            row = centers.best_addition(self.values, search.balance, limit, *gates)
            admission.add(row)
            spread = min(spread, float(np.sqrt(centers.add(row))))
            limit = min(limit, spread)
        return admission.picks, spread
