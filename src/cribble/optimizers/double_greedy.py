"""Double greedy: a set grown from nothing and one shrunk from everything, until they meet."""

from __future__ import annotations

import copy
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits, row_uniforms
from cribble.core.errors import BudgetError
from cribble.objectives.base import Objective, Removing
from cribble.optimizers.base import Run, require_submodular


def double_greedy(objective: Objective, limits: Limits, *, seed: int | None = None) -> Run:
    """Decide on one row after another: into both sets, or out of both.

    For functions that more rows may lower, where any number of rows may be picked. With f of no
    rows and f of all rows 0 or more, the set has at least 1/3 of the optimum; with a seed, which
    draws the order and the decisions, at least 1/2 on average over seeds. Nothing is promised
    within limits, so that limits which could bind are refused; rows may be kept and dropped.

    The value is also certified, monotone or not: a decision costs the optimum no more than what
    the other one would have gained.

    Args:
        objective: A submodular objective, at the empty set; it ends at the set returned.
            ``Removing`` ones cost two gains a row, others a set from scratch.
        limits: A cost budget that pays for every row that is not dropped, without group limits.
        seed: Seed of the draws; None decides in row order, by the larger gain.

    Raises:
        ParameterError: The objective is not submodular.
        BudgetError: The limits could bind.

    Source:
        Buchbinder, Feldman, Naor and Schwartz (2015), doi:10.1137/130929205.
    """
    require_submodular(objective)
    _require_room(limits)
    admission = Admission(limits)
    found = [objective.add(row) for row in admission.picks]
    rows = np.nonzero(~admission.blocked)[0]
    above = _above(objective, np.concatenate([limits.keep, rows]))
    coins = np.full(limits.size, 0.5)
    if seed is not None:
        coins = row_uniforms(seed, "double greedy coins", 0, limits.size)
        order = row_uniforms(seed, "double greedy order", 0, limits.size)[rows]
        rows = rows[np.argsort(order, kind="stable")]
    lost = 0.0
    for row in rows.tolist():
        gain = float(objective.gains(np.array([row]))[0])
        loss = above.remove(row)
        into, out = max(gain, 0.0), max(loss, 0.0)
        if seed is None:
            takes = gain >= loss
        else:
            takes = into + out == 0 or coins[row] * (into + out) < into
        if takes:
            lost += out
            above.add(row)
            admission.add(row)
            found.append(objective.add(row))
        else:
            lost += into
    return Run(
        np.asarray(admission.picks, dtype=np.int64),
        np.asarray(found, dtype=np.float64),
        objective.value,
        objective.value + lost,
        2 * len(rows),
    )


def _require_room(limits: Limits) -> None:
    """Refuse limits that could keep a row out or force one in.

    Raises:
        BudgetError: They could.
    """
    free = ~limits.excluded
    sizes = np.bincount(limits.groups.codes[free], minlength=len(limits.upper))
    asked = f"{limits.rows:,} rows" if limits.rows is not None else f"{limits.cost:,.6g} cost"
    remedy = "take random-greedy, or a cost budget that pays for all rows, without group limits"
    if limits.column and ((limits.upper < sizes) | (limits.lower > 0)).any():
        raise BudgetError(f"group limits on {limits.column!r}", "double greedy holds none", remedy)
    if limits.rows is not None or limits.costs is None:
        raise BudgetError(asked, "double greedy finds the number of rows itself", remedy)
    total = float(limits.costs[free].sum())
    if total > float(limits.cost or 0.0):
        raise BudgetError(asked, f"all rows cost {total:,.6g}", remedy)


class _Above(Protocol):
    def add(self, row: int) -> float: ...

    def remove(self, row: int) -> float: ...


def _above(objective: Objective, rows: NDArray[np.int64]) -> _Above:
    """A second state of an objective, at some rows."""
    if not isinstance(objective, Removing):
        return _Rebuilt(objective, rows)
    twin = objective.twin()
    for row in rows.tolist():
        twin.add(row)
    return twin


class _Rebuilt:
    """A state that rows are taken out of by starting anew without them."""

    def __init__(self, objective: Objective, rows: NDArray[np.int64]) -> None:
        self._objective = copy.deepcopy(objective)
        self._rows = dict.fromkeys(rows.tolist())
        self._value = self._build()

    def _build(self) -> float:
        self._objective.reset()
        for row in self._rows:
            self._objective.add(row)
        return self._objective.value

    def add(self, row: int) -> float:
        before = self._value
        self._rows[row] = None
        self._value = self._build()
        return self._value - before

    def remove(self, row: int) -> float:
        before = self._value
        del self._rows[row]
        self._value = self._build()
        return self._value - before
