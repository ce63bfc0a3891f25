"""Certificates: from the gains at any set, what no set within the limits can exceed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core import Limits


def optimum_bound(gains: NDArray[np.float64], limits: Limits) -> float:
    """Bound by how much any set within the limits can exceed the set that the gains belong to.

    For a monotone submodular f and any S that holds the kept rows, f(optimum) - f(S) is at most
    the sum of the gains, at S, of the rows of the optimum. The largest such sum that a row budget
    and the group maxima allow, or a fractional knapsack, bounds it. Group minima are left out.

    Args:
        gains: (n,) float64 gains at S, or bounds of them; negative ones count as 0.
        limits: What the optimum must hold, too.

    Source:
        Nemhauser, Wolsey and Fisher (1978), doi:10.1007/BF01588971; online bounds, Leskovec et
        al. (2007), doi:10.1145/1281192.1281239.
    """
    useful = np.maximum(gains, 0.0)
    useful[limits.excluded] = 0.0
    useful[limits.keep] = 0.0
    if limits.rows is None:
        return _fractional_knapsack(useful, limits)
    room = limits.rows - len(limits.keep)
    if limits.column:
        parts = []
        for code, most in enumerate(limits.upper):
            rows = limits.groups.codes == code
            kept = int((limits.groups.codes[limits.keep] == code).sum())
            parts.append(_largest(useful[rows], int(most) - kept))
        useful = np.concatenate(parts)
    return float(_largest(useful, room).sum())


def _largest(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    if count <= 0:
        return values[:0]
    return values if count >= len(values) else np.partition(values, -count)[-count:]


def _fractional_knapsack(useful: NDArray[np.float64], limits: Limits) -> float:
    assert limits.cost is not None
    assert limits.costs is not None
    # The same allowance for rounding that admission gives.
    room = limits.cost * (1 + 1e-9) - float(limits.costs[limits.keep].sum())
    rows = np.nonzero(useful)[0]
    free = limits.costs[rows] <= 0
    total = float(useful[rows[free]].sum())
    rows = rows[~free]
    rows = rows[np.argsort(-useful[rows] / limits.costs[rows], kind="stable")]
    spent = np.cumsum(limits.costs[rows])
    whole = int(np.searchsorted(spent, room, side="right"))
    total += float(useful[rows[:whole]].sum())
    if whole < len(rows):
        left = room - (float(spent[whole - 1]) if whole else 0.0)
        total += float(useful[rows[whole]]) * left / float(limits.costs[rows[whole]])
    return total
