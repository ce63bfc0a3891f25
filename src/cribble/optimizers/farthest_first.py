"""Farthest-first traversal within limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.kernels.distances import Centers


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Centers in pick order, and the rows around them.

    Args:
        picks: (k,) int64 rows.
        apart: (k,) float64 squared distance of each pick to its nearest earlier one, or inf.
        squared: (n,) float64 squared distance of each row to its nearest pick, inf without picks.
        owner: (n,) int64 position of that pick, -1 without picks.
    """

    picks: NDArray[np.int64]
    apart: NDArray[np.float64]
    squared: NDArray[np.float64]
    owner: NDArray[np.int64]

    @property
    def reach(self) -> float:
        """The largest squared distance from a row to its nearest pick; 0 for an empty pool."""
        return float(self.squared.max(initial=0.0))


def farthest_first(X: NDArray[Any], admission: Admission, first: int) -> Spread:
    """Add the open row farthest from all picks, again and again.

    Args:
        X: (n, d) float32 or float64 rows.
        admission: The limits; rows it has picked already are centers from the start.
        first: The row to begin with where there are none; -1 where no row is open.
    """
    centers = Centers(X)
    apart = [centers.add(row) for row in admission.picks]
    while not admission.done:
        row = first
        if centers.count:
            gates = (admission.blocked, admission.codes, admission.costs, admission.ceiling)
            row = centers.farthest(*gates)
        admission.add(row)
        apart.append(centers.add(row))
    squared, owner = centers.settle()
    return Spread(np.asarray(admission.picks, dtype=np.int64), np.asarray(apart), squared, owner)
