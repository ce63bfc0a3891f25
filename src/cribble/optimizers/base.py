"""What an optimizer returns, and what it compares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core.errors import ParameterError
from cribble.objectives.base import Objective

_FIRST_BATCH, _LARGEST_BATCH = 8, 512


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


def require_submodular(objective: Objective) -> None:
    """Refuse an objective whose old gains bound nothing.

    Raises:
        ParameterError: The objective is not submodular.
    """
    if not objective.submodular:
        raise ParameterError(
            "objective", type(objective).__name__, "submodular for lazy evaluation; use greedy"
        )


class Gaining(Protocol):
    """What `lazy_best` asks of an objective."""

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        ...


def lazy_best(
    objective: Gaining,
    rows: NDArray[np.int64],
    bounds: NDArray[np.float64],
    divisor: NDArray[np.float64],
) -> tuple[int, float, int]:
    """Find the row of largest gain over divisor, evaluating only rows that could be it.

    Args:
        objective: The objective, at the set that the gains add to.
        rows: (m,) int64 rows, ascending, at least one.
        bounds: (n,) float64, no gain exceeds its bound; the gains found replace them.
        divisor: (n,) float64, above 0.

    Returns:
        The row, the lowest among equals; its gain; the number of gains evaluated.
    """
    keys = bounds[rows] / divisor[rows]
    order = np.argsort(-keys, kind="stable")
    done, best = 0, -np.inf
    batch = max(_FIRST_BATCH, int(np.isinf(keys).sum()))
    while done < len(order) and keys[order[done]] >= best:
        some = order[done : done + min(batch, _LARGEST_BATCH)]
        bounds[rows[some]] = objective.gains(rows[some])
        keys[some] = bounds[rows[some]] / divisor[rows[some]]
        best = max(best, float(keys[some].max()))
        done, batch = done + len(some), 2 * batch
    fresh = order[:done]
    leader = int(rows[fresh[keys[fresh] == best]].min())
    return leader, float(bounds[leader]), done
