"""What an optimizer returns, and what it compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The outcome of an optimizer; objective and admission stand at the end of it.

    Args:
        indices: (k,) int64 picks, in order.
        gains: (k,) float64 gain of each pick at its time.
        value: f(S).
        upper_bound: A value that no set within the limits exceeds; None where none is known.
        evaluations: Number of gains evaluated.
    """

    indices: NDArray[np.int64]
    gains: NDArray[np.float64]
    value: float
    upper_bound: float | None
    evaluations: int


def divisors(admission: Admission, *, by_cost: bool) -> NDArray[np.float64]:
    """What gains are divided by before a greedy step compares them, (n,) float64.

    Ones, or the costs where ``by_cost``. A row that costs nothing counts as if it cost a
    millionth of the least positive cost.
    """
    costs = admission.costs
    if not by_cost:
        return np.ones(len(costs))
    paid = costs[costs > 0]
    return np.maximum(costs, float(paid.min()) * 1e-6 if len(paid) else 1.0)
