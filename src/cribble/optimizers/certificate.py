"""Certificates: from the gains at any set, what no set within the limits can exceed."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.objectives.base import Objective


class Gains(Protocol):
    """What a certificate asks of an objective at its present set; see `Objective`."""

    @property
    def value(self) -> float:
        """The value of the set."""
        ...

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        ...


def final_bound(
    objective: Objective, admission: Admission, bounds: NDArray[np.float64] | None = None
) -> float | None:
    """Bound f of every set within the limits at the end of a run.

    Args:
        objective: Any objective, at the picks of the run.
        admission: The limits and the picks.
        bounds: (n,) float64 upper bounds of the gains that the run knows of, where it does.

    Returns:
        The bound; None where the objective is not monotone and submodular.
    """
    if not (objective.monotone and objective.submodular):
        return None
    above = objective.bounds()
    if bounds is not None:
        above = np.minimum(above, bounds)
    above[admission.picks] = 0.0
    return float(certify(objective, admission.limits, above))


def certify(objective: Gains, limits: Limits, bounds: NDArray[np.float64]) -> float:
    """Bound f of every set within the limits, from the gains at the objective's present set.

    The gains of the rows that the bound rests on are evaluated until it rests on no others, so
    that it does not depend on how loose ``bounds`` are.

    Args:
        objective: A monotone submodular objective, at a set that holds the kept rows.
        limits: What the optimum must hold, too.
        bounds: (n,) float64 upper bounds of the gains, 0 for rows of the set; updated.

    Source:
        Nemhauser, Wolsey and Fisher (1978), doi:10.1007/BF01588971; online bounds, Leskovec et
        al. (2007), doi:10.1145/1281192.1281239.
    """
    known = bounds == 0.0
    while True:
        most, rows = optimum_bound(bounds, limits)
        doubtful = rows[~known[rows]]
        if not len(doubtful):
            return objective.value + most
        bounds[doubtful] = np.minimum(bounds[doubtful], objective.gains(doubtful))
        known[doubtful] = True


def optimum_bound(gains: NDArray[np.float64], limits: Limits) -> tuple[float, NDArray[np.int64]]:
    """Bound by how much any set within the limits can exceed the set that the gains belong to.

    For a monotone submodular f and any S that holds the kept rows, f(optimum) - f(S) is at most
    the sum of the gains, at S, of the rows of the optimum. The largest such sum that a row budget
    and the group maxima allow, or a fractional knapsack, bounds it. Group minima are left out.

    Args:
        gains: (n,) float64 gains at S, or bounds of them; negative ones count as 0.
        limits: What the optimum must hold, too.

    Returns:
        The bound, and the rows whose gains make it up.
    """
    useful = gains > 0
    useful &= ~limits.excluded
    useful[limits.keep] = False
    rows = np.nonzero(useful)[0]
    if limits.rows is None:
        return _fractional_knapsack(gains, rows, limits)
    if limits.column:
        codes = limits.groups.codes
        kept = np.bincount(codes[limits.keep], minlength=len(limits.upper))
        rows = np.concatenate(
            [
                _largest(gains, rows[codes[rows] == code], int(limits.upper[code] - kept[code]))
                for code in range(len(limits.upper))
            ]
        )
    rows = _largest(gains, rows, limits.rows - len(limits.keep))
    return float(np.sort(gains[rows]).sum()), rows


def _largest(gains: NDArray[np.float64], rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    if count <= 0:
        return rows[:0]
    return rows if count >= len(rows) else rows[np.argpartition(-gains[rows], count - 1)[:count]]


def _fractional_knapsack(
    gains: NDArray[np.float64], rows: NDArray[np.int64], limits: Limits
) -> tuple[float, NDArray[np.int64]]:
    assert limits.cost is not None
    assert limits.costs is not None
    # A little more than the budget, as admission lets sums of floats miss it by the last bits.
    room = limits.cost * (1 + 1e-9) - float(limits.costs[limits.keep].sum())
    free = limits.costs[rows] <= 0
    paid = rows[~free]
    paid = paid[np.argsort(-gains[paid] / limits.costs[paid], kind="stable")]
    spent = np.cumsum(limits.costs[paid])
    whole = int(np.searchsorted(spent, room, side="right"))
    total = float(gains[rows[free]].sum()) + float(gains[paid[:whole]].sum())
    if whole < len(paid):
        left = room - (float(spent[whole - 1]) if whole else 0.0)
        total += float(gains[paid[whole]]) * left / float(limits.costs[paid[whole]])
    return total, np.concatenate([rows[free], paid[: whole + 1]])
