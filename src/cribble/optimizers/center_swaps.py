"""Clustering around picked rows within limits: seeds, then exchanges of one center for one row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits, row_gumbels, stream
from cribble.kernels.center_swaps import meet_center, replace_center, swap_costs

_TOLERANCE = 1e-12
# Smaller savings may be rounding, and would let exchanges go round in circles.
_LEAST_SAVING = 1e-9


class CenterSwaps:
    """Centers within limits, and the two of them nearest to each row.

    The cost is the sum over all rows of distance ** power to the nearest center.

    Args:
        X: (n, d) float32 or float64 rows.
        limits: What the centers must hold.
        power: 1 or 2.

    Attributes:
        picks: The centers' rows, the kept ones first.
        nearest: (n, 2) float64 squared distances to the two nearest centers, inf for none.
        owner: (n, 2) int64 places of these centers in ``picks``.
    """

    def __init__(self, X: NDArray[Any], limits: Limits, power: int) -> None:
        self.X = X
        self.limits = limits
        self.power = power
        self.picks: list[int] = []
        self.nearest = np.full((len(X), 2), np.inf)
        self.owner = np.full((len(X), 2), -1, dtype=np.int64)

    @property
    def cost(self) -> float:
        """The cost of the centers."""
        return float(self._costs().sum())

    def _costs(self) -> NDArray[np.float64]:
        first = self.nearest[:, 0]
        return first if self.power == 2 else np.sqrt(first)

    def seed(self, seed: int, name: str) -> None:
        """Draw centers one by one, each open row in proportion to its cost so far.

        Source:
            Arthur and Vassilvitskii (2007), doi:10.5555/1283383.1283494.
        """
        admission, random = Admission(self.limits), stream(seed, name)
        self.take(np.asarray(admission.picks, dtype=np.int64))
        while not admission.done:
            rows = np.nonzero(admission.open_rows())[0]
            sums = np.cumsum(self._costs()[rows]) if self.picks else np.arange(1.0, len(rows) + 1)
            at = int(np.searchsorted(sums, random.random() * sums[-1], side="right"))
            row = int(rows[at]) if at < len(rows) else int(rows[0])
            admission.add(row)
            self.take(np.array([row]))

    def take(self, rows: NDArray[np.int64]) -> None:
        """Make rows centers; the limits are the caller's business."""
        for row in rows.tolist():
            self.picks.append(row)
            slot = len(self.picks) - 1
            meet_center(self.X, self.X[self.picks], slot, self.nearest, self.owner)

    def improve(self, seed: int, proposals: int, passes: int) -> int:
        """Exchange centers for rows that lower the cost, as long as a pass finds one.

        A pass proposes rows without replacement in proportion to their cost, and exchanges each
        for the center that it replaces best, if that saves anything.

        Args:
            seed: Seed of the proposals.
            proposals: Rows a pass proposes, at most.
            passes: Passes, at most.

        Returns:
            Number of exchanges.

        Source:
            Lattanzi and Sohler (2019), proceedings.mlr.press/v97/lattanzi19a.
        """
        swaps = 0
        for turn in range(passes):
            before = swaps
            for row in self._proposed(seed, turn, proposals).tolist():
                swaps += self._try(row)
            if swaps == before:
                break
        return swaps

    def _proposed(self, seed: int, turn: int, proposals: int) -> NDArray[np.int64]:
        open_rows = ~self.limits.excluded
        open_rows[self.picks] = False
        rows = np.nonzero(open_rows)[0]
        with np.errstate(divide="ignore"):
            keys = np.log(self._costs()[rows])
        keys += row_gumbels(seed, f"proposals {turn}", 0, len(self.X))[rows]
        return rows[np.argsort(-keys, kind="stable")[:proposals]]

    def _try(self, row: int) -> int:
        places = self._replaceable(row)
        if not len(places):
            return 0
        centers = self.X[self.picks]
        state = (self.nearest, self.owner)
        change = swap_costs(self.X, row, centers, *state, self.power)
        place = int(places[np.argmin(change[places])])
        if not -change[place] > _LEAST_SAVING * self.cost:
            return 0
        self.picks[place] = row
        centers[place] = self.X[row]
        replace_center(self.X, centers, place, *state)
        return 1

    def _replaceable(self, row: int) -> NDArray[np.int64]:
        """Find the places in ``picks`` that a row may take, with all limits held."""
        limits = self.limits
        codes = limits.groups.codes[self.picks]
        counts = np.bincount(codes, minlength=len(limits.lower))
        own = limits.groups.codes[row]
        spare = (counts > limits.lower)[codes] & (counts[own] < limits.upper[own])
        fits = (codes == own) | spare
        if limits.costs is not None:
            costs = limits.costs[self.picks]
            most = float(limits.cost or 0.0) * (1 + _TOLERANCE)
            fits &= costs.sum() - costs + limits.costs[row] <= most
        fits[: len(limits.keep)] = False
        return np.nonzero(fits)[0]
