"""Separated sets whose utility is any monotone submodular objective."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.kernels.distances import squared_distances
from cribble.kernels.separation import least_distance
from cribble.objectives.base import Objective
from cribble.optimizers.base import lazy_best, require_submodular
from cribble.optimizers.lazy import Walk
from cribble.optimizers.spacing import Spacing, spacing

if TYPE_CHECKING:
    from cribble.optimizers.separated import Separation


class Lazily:
    """The utility of a set is ``factor`` times a submodular objective, asked as rarely as can be.

    An old gain bounds a new one, and a row too near once is too near for good, so that a walk
    measures the distances of rows alone that lead.

    Args:
        objective: A monotone submodular objective; it is reset.
        factor: What its value is multiplied by, 0 or more.

    Raises:
        ParameterError: The objective is not submodular.
    """

    def __init__(self, objective: Objective, factor: float = 1.0) -> None:
        require_submodular(objective)
        self.objective = objective
        self.factor = factor
        # Every walk begins at the empty set.
        objective.reset()
        self._first = objective.bounds()

    def worth(self, rows: NDArray[np.int64]) -> float:
        """Evaluate the objective anew."""
        self.objective.reset()
        for row in rows.tolist():
            self.objective.add(row)
        return self.factor * self.objective.value

    def walk(self, search: Separation, threshold: float) -> tuple[list[int], float] | None:
        """Run lazy greedy over the rows that keep the threshold to all before them."""
        self.objective.reset()
        apart = spacing(search.X, threshold**2, search.near)
        admission = _SeparatedAdmission(search.limits, apart)
        walk = Walk(self.objective, admission, by_cost=False, bounds=self._first)
        while walk.step():
            if search.limits.rows is None:
                continue
            # No later gain exceeds this one, and no later distance the present one.
            left = (search.limits.rows - len(admission.picks)) * walk.found[-1]
            spread = min(float(np.sqrt(apart.closest)), search.diameter)
            most = self.factor * (self.objective.value + left) + search.balance * spread
            if most < search.target:
                return None
        return admission.picks, float(np.sqrt(apart.closest))

    def greedy(self, search: Separation) -> tuple[list[int], float]:
        """Add the row of largest gain and least distance together, again and again."""
        self.objective.reset()
        admission = Admission(search.limits)
        squared = np.full(len(search.X), np.inf)
        limit, spread = search.diameter, np.inf
        for row in admission.picks:
            self.objective.add(row)
            np.minimum(squared, _from(search.X, row), out=squared)
        if len(admission.picks) > 1:
            limit = min(limit, least_distance(search.X[admission.picks]))
        ones = np.ones(len(search.X))
        bounds = self.factor * self._first + search.balance * limit
        while search.balance > 0 and not admission.done:
            joint = _Joint(self, search.balance, limit, squared)
            rows = np.nonzero(admission.open_rows())[0]
            row, _, _ = lazy_best(joint, rows, bounds, ones)
            admission.add(row)
            self.objective.add(row)
            spread = min(spread, float(np.sqrt(squared[row])))
            limit = min(limit, spread)
            np.minimum(squared, _from(search.X, row), out=squared)
        return admission.picks, spread


def _from(X: NDArray[Any], row: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = squared_distances(X, X[row].astype(np.float64))
    return found


class _Joint:
    """Gains of utility and least distance together; neither rises as rows are added."""

    def __init__(
        self, utility: Lazily, balance: float, limit: float, squared: NDArray[np.float64]
    ) -> None:
        self._utility, self._balance = utility, balance
        self._limit, self._squared = limit, squared

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows, up to the same number for all."""
        kept = np.minimum(np.sqrt(self._squared[rows]), self._limit)
        return self._utility.factor * self._utility.objective.gains(rows) + self._balance * kept


class _SeparatedAdmission(Admission):
    """Limits, and a distance to all picks; rows are asked about it when they lead."""

    by_ceiling = False

    def __init__(self, limits: Limits, apart: Spacing) -> None:
        self._apart = apart
        super().__init__(limits)

    @property
    def unrestricted(self) -> bool:
        """Never: rows that are near one another cannot fill the budget together."""
        return False

    def admitted(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark those of some rows that may be added now."""
        marks = super().admitted(rows)
        marks[marks] = self._apart.admitted(rows[marks])
        return marks

    def add(self, row: int) -> None:
        """Add a row that `admitted` has let in."""
        self._apart.add(row, kept=len(self.picks) < len(self.limits.keep))
        super().add(row)
