"""Two rounds over shards: greedy on each, then greedy on what they picked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups, Limits, row_uniforms
from cribble.core.errors import ParameterError, QuotaError
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run
from cribble.optimizers.certificate import certify
from cribble.optimizers.knapsack import maximize

# Opens the objective over some rows of the pool, its candidates, at the empty set.
Open = Callable[[NDArray[np.int64]], Objective]
# Runs the first round: from the rows of each shard and its limits to a run each, in their order.
FirstRounds = Callable[[list[NDArray[np.int64]], Iterable[Limits]], Iterable[Run]]


@dataclass(frozen=True, slots=True, eq=False)
class Sharded:
    """The outcome of two rounds.

    Args:
        run: The picks, by row of the pool; without an upper bound.
        best: Which set they are: "merged", or "shard" and its number.
        merged_value: Value of the merged set.
        shard_values: Value of each shard's own set.
        candidates: Rows that entered the second round.
    """

    run: Run
    best: str
    merged_value: float
    shard_values: tuple[float, ...]
    candidates: int


def assign_shards(seed: int, size: int, shards: int) -> NDArray[np.int64]:
    """Put every row into a uniformly random shard, a function of (seed, row, shards) alone.

    Returns:
        (n,) int64 in [0, shards).

    Raises:
        ParameterError: ``shards`` is not 1 or more.
    """
    if shards < 1:
        raise ParameterError("shards", shards, "1 or more")
    return (row_uniforms(seed, "shard", 0, size) * shards).astype(np.int64)


def narrow(limits: Limits, rows: NDArray[np.int64]) -> Limits:
    """The limits that a shard picks under; kept rows must be among its rows.

    A group minimum asks for as many rows as the shard has. With such minima the picks of all
    shards together hold a set within the limits: either a shard has the whole of a group's
    minimum, or each hands over all that it has, and the same goes for the number of rows. Where
    the minima are not affordable in the shard, it picks without them.

    Args:
        limits: The limits over the pool.
        rows: (m,) int64 rows of the shard, ascending.
    """
    codes = limits.groups.codes[rows]
    excluded = limits.excluded[rows]
    available = np.bincount(codes[~excluded], minlength=len(limits.lower))
    most = None
    if limits.rows is not None:
        most = min(limits.rows, int(np.minimum(limits.upper, available).sum()))
    part: dict[str, Any] = {
        "size": len(rows),
        "rows": most,
        "costs": None if limits.costs is None else limits.costs[rows],
        "keep": np.searchsorted(rows, limits.keep),
        "excluded": excluded,
        "groups": Groups(codes, limits.groups.names),
    }
    lower = np.minimum(limits.lower, available)
    try:
        return replace(limits, **part, lower=lower)
    except QuotaError:
        return replace(limits, **part, lower=np.zeros_like(lower))


def first_round(objective: Objective, limits: Limits, rows: NDArray[np.int64]) -> Run:
    """Run greedy on one shard.

    Args:
        objective: The objective over the shard's rows; it is run from the empty set.
        limits: What the shard's picks must hold, from `narrow`.
        rows: (m,) int64 rows of the shard, ascending.

    Returns:
        The picks by row of the pool, without an upper bound.
    """
    # What came from another process is read-only until its state is made anew.
    objective.reset()
    run = maximize(objective, limits)
    return replace(run, indices=rows[run.indices], upper_bound=None)


def two_round(
    open_objective: Open,
    limits: Limits,
    shards: int,
    seed: int = 0,
    first_rounds: FirstRounds | None = None,
) -> Sharded:
    """RandGreeDi: greedy on random shards, greedy on the union of their picks, the best of all.

    Where the objective is the same function in every round, monotone and submodular, and greedy
    alone has at least a of the optimum, the expected value is at least a / 2 of it: (1 - 1/e) / 2
    under a row budget, 1/4 and more under group maxima. The shard of a row depends on the seed
    and the number of shards alone. Kept rows are in every shard.

    Args:
        open_objective: Opens the objective over the candidates it is given, in their order.
        limits: What the picks must hold.
        shards: Number of shards.
        seed: Seed of the partition.
        first_rounds: Runs `first_round` on the shards; None opens each here when it is its turn.

    Raises:
        ParameterError: ``shards`` is not 1 or more.

    Source:
        Barbosa, Ene, Nguyen and Ward (2015), arXiv:1502.02606.
    """
    shard = assign_shards(seed, limits.size, shards)
    shard[limits.excluded] = shards
    kept = np.zeros(limits.size, dtype=bool)
    kept[limits.keep] = True
    parts = [np.nonzero((shard == one) | kept)[0] for one in range(shards)]
    narrowed = (narrow(limits, part) for part in parts)
    if first_rounds is None:
        firsts = list(map(first_round, map(open_objective, parts), narrowed, parts))
    else:
        firsts = list(first_rounds(parts, narrowed))
    rows = np.unique(np.concatenate([limits.keep, cheapest(limits), *(f.indices for f in firsts)]))
    merged = first_round(open_objective(rows), narrow(limits, rows), rows)
    best, name = merged, "merged"
    for number, first in enumerate(firsts):
        if first.value > best.value and holds(limits, first.indices):
            best, name = first, f"shard {number}"
    evaluations = merged.evaluations + sum(first.evaluations for first in firsts)
    return Sharded(
        replace(best, evaluations=evaluations),
        name,
        merged.value,
        tuple(first.value for first in firsts),
        len(rows),
    )


def bound_after(objective: Objective, limits: Limits, picks: NDArray[np.int64]) -> float:
    """Bound the optimum from the gains of all rows at a set; says what two rounds lost at most.

    Args:
        objective: Monotone and submodular, over all rows, at the empty set; it ends at the set.
        limits: What the optimum must hold, too.
        picks: (k,) int64 rows that hold the kept ones.
    """
    for row in picks.tolist():
        objective.add(row)
    bounds = objective.bounds()
    bounds[picks] = 0.0
    return certify(objective, limits, bounds)


def cheapest(limits: Limits) -> NDArray[np.int64]:
    """Under a cost budget, the rows with which the group minima are affordable."""
    rows = np.nonzero((limits.lower > 0)[limits.groups.codes] & ~limits.excluded)[0]
    if limits.costs is None or not len(rows):
        return rows[:0]
    rows = rows[np.argsort(limits.costs[rows], kind="stable")]
    return rows[limits.groups.places(rows) < limits.lower[limits.groups.codes[rows]]]


def holds(limits: Limits, picks: NDArray[np.int64]) -> bool:
    """Whether a shard's set, which holds all maxima, also holds the minima and the count."""
    counts = np.bincount(limits.groups.codes[picks], minlength=len(limits.lower))
    full = limits.rows is None or len(picks) == limits.rows
    return bool(full and (counts >= limits.lower).all())
