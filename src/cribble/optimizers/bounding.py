"""Bounding: rows that every best set holds or lacks, decided before any are picked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cribble.core import Limits
from cribble.core.errors import BudgetError
from cribble.objectives.listed_pairs import ListedPairs
from cribble.optimizers.base import Run
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.partition_rounds import Map, survivors

# Sums of other orders may differ by that share of what they sum.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What is known of every best set.

    Args:
        keep: (m,) int64 rows that it holds, ascending, the kept ones among them.
        drop: (n,) bool, rows that it lacks, the dropped ones among them.
        upper_bound: Its value is at most this.
    """

    keep: NDArray[np.int64]
    drop: NDArray[np.bool_]
    upper_bound: float


def decide(objective: ListedPairs, limits: Limits) -> Decided:
    """Find rows that every best set of so many rows holds, and rows that it lacks.

    A row adds most where none of its undecided near rows is picked, and least where all are. A row
    that adds more at least than the k-th row adds at most is kept, and one that adds less at most
    than the k-th row adds at least is dropped; both tell more of their near rows, until nothing
    follows. No set is tried, so that pools of any size can be made smaller by it.

    Args:
        objective: The function; its state plays no part.
        limits: A row budget, kept and dropped rows.

    Raises:
        BudgetError: There are other limits, under which the rule is not right.

    Source:
        Boether et al. (2025), arXiv:2402.16442.
    """
    if limits.rows is None or limits.column:
        found = "bounding compares rows by number" if limits.rows is None else "groups are limited"
        asked = f"{limits.cost:,.6g} cost" if limits.rows is None else f"{limits.rows:,} rows"
        raise BudgetError(asked, found, "ask for a number of rows, without group limits")
    most, open_rows = objective.scores.copy(), ~limits.excluded
    others, alike = objective.near(np.nonzero(open_rows)[0])
    pull = np.bincount(others, alike, minlength=objective.size)
    slack = _ROUNDING * float(np.abs(most).max(initial=0.0) + pull.max(initial=0.0))
    keep, drop = limits.keep, np.zeros(0, dtype=np.int64)
    kept, value = limits.keep[:0], 0.0
    while True:
        # A kept row adds what it does beside the kept ones before it.
        for row in keep.tolist():
            value += float(most[row])
            others, alike = objective.near(np.array([row]))
            most[others] -= alike
        others, alike = objective.near(np.concatenate([keep, drop]))
        np.subtract.at(pull, others, alike)
        open_rows[keep] = open_rows[drop] = False
        kept = np.concatenate([kept, keep])
        rows = np.nonzero(open_rows)[0]
        need = limits.rows - len(kept)
        high, low = most[rows], most[rows] - pull[rows]
        if not 0 < need < len(rows):
            break
        place = len(rows) - need
        enough, too_little = np.partition(high, place)[place], np.partition(low, place)[place]
        keep, drop = rows[low > enough + slack], rows[high < too_little - slack]
        if not len(keep) + len(drop):
            break
    gone = ~open_rows
    gone[kept] = False
    best = np.sort(high)[len(high) - need :] if need else high[:0]
    return Decided(np.sort(kept), gone, value + float(best.sum()) + slack * limits.rows)


def bounded(
    objective: ListedPairs,
    limits: Limits,
    *,
    parts: int = 1,
    rounds: int = 8,
    seed: int = 0,
    run_all: Map = map,
) -> Run:
    """Pick greedily among the rows that `decide` leaves open, beside those that it keeps.

    With more parts than one, rounds of greedy over random parts first leave as many rows as one
    part holds, or as many as are to be picked, whichever is more: see `survivors`. So no worker
    ever holds more than a part of the undecided rows.

    Args:
        objective: The function, at the empty set; it ends at the set returned.
        limits: A row budget, kept and dropped rows.
        parts: Parts of the undecided rows in the first round; one is plain greedy over them.
        rounds: Rounds at most.
        seed: Seed of the parts.
        run_all: Maps the work of a round over its parts, as an executor does.

    Returns:
        The run; ``upper_bound`` is what no set of so many rows exceeds, though the function is
        not monotone. It rests on the bounds alone, so that parts change nothing about it.

    Raises:
        BudgetError: There are other limits.
        ParameterError: ``parts`` or ``rounds`` is below 1.
    """
    decided = decide(objective, limits)
    assert limits.rows is not None
    # Kept rows are the first picks, as everywhere.
    order = np.concatenate([limits.keep, np.setdiff1d(decided.keep, limits.keep)])
    left = ~decided.drop
    left[order] = False
    for row in order.tolist():
        objective.add(row)
    open_rows = survivors(
        objective,
        limits,
        np.nonzero(left)[0],
        limits.rows - len(order),
        parts=parts,
        rounds=rounds,
        seed=seed,
        run_all=run_all,
    )
    objective.reset()
    excluded = np.ones(limits.size, dtype=bool)
    excluded[order] = excluded[open_rows] = False
    run = maximize(objective, replace(limits, keep=order, excluded=excluded))
    return replace(run, upper_bound=max(decided.upper_bound, run.value))
