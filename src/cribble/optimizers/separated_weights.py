"""Separated sets whose utility is a sum of weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.kernels.distances import Centers
from cribble.kernels.separation import least_distance, walk_separated

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
        X, limits, admission = search.X, search.limits, Admission(search.limits)
        members = np.concatenate([X[admission.picks], np.empty_like(X[:256])])
        front = np.arange(len(members))
        utility = float(self.values[admission.picks].sum())
        closest, position, count = np.inf, 0, len(admission.picks)
        while count < limits.most_rows and position < len(self._order):
            if count == len(members):
                members = np.concatenate([members, np.empty_like(members)])
                front = np.concatenate([front, np.arange(count, len(members))])
            # Without groups and costs all rows that keep their distance may join.
            room = min(limits.most_rows, len(members)) - count if limits.plain else 1
            joined = np.empty(room, dtype=np.int64)
            place = (X, self._order, position, members, front, count, limits.most_rows)
            worth = (self._ahead, utility, search.balance, search.diameter, search.target, room)
            gates = (admission.blocked, admission.codes, admission.costs, admission.ceiling)
            position, added, closest = walk_separated(
                *place, threshold**2, closest, *worth, *gates, joined
            )
            admission.add_in_order(joined[:added])
            count += added
            utility += float(self.values[joined[:added]].sum())
            if position > len(self._order):
                return None
        return admission.picks, float(np.sqrt(closest))

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
