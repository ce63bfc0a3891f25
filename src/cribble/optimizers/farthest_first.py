"""Farthest-first traversal within limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Executor, Limits
from cribble.executors import ShardedRows
from cribble.kernels.assignment import float_rows
from cribble.kernels.distances import Centers
from cribble.optimizers.two_round import assign_shards, cheapest, narrow


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


def farthest_first_in_shards(
    X: NDArray[Any], limits: Limits, first: int, shards: int, seed: int, executor: Executor
) -> tuple[Spread, float]:
    """Farthest-first on random shards, then on the union of what they picked.

    Under a row budget alone both rounds leave no row farther than twice the optimum from their
    own picks, so the picks cover the pool within four times it. The shard of a row depends on the
    seed and the number of shards alone; kept rows are in every shard.

    Args:
        X: (n, d) float16, float32 or float64 rows.
        limits: What the picks must hold.
        first: The row to begin the second round with where none is kept; -1 where no row is open.
        shards: Number of shards.
        seed: Seed of the partition.
        executor: Where shards are searched and rows assigned.

    Returns:
        The centers, and a radius within which no set that holds a row budget alone covers the
        pool: half the distance that one more pick of the second round would have.

    Source:
        Malkomes, Kusner, Chen, Weinberger and Moseley (2015), Fast distributed k-center clustering
        with outliers on massive data, NIPS 28.
    """
    shard = assign_shards(seed, limits.size, shards)
    shard[limits.excluded] = shards
    shard[limits.keep] = -1
    parts = [np.nonzero((shard == one) | (shard == -1))[0] for one in range(shards)]
    searched = executor.map(
        _first_round,
        (executor.take(X, rows) for rows in parts),
        (narrow(limits, rows) for rows in parts),
    )
    listed = [rows[picks] for rows, picks in zip(parts, searched, strict=True)]
    begin = np.array([first] if first >= 0 else [], dtype=np.int64)
    union = np.unique(np.concatenate([limits.keep, cheapest(limits), begin, *listed]))
    start = int(np.searchsorted(union, first)) if first >= 0 else -1
    merged = farthest_first(X[union], Admission(narrow(limits, union)), start)
    picks = union[merged.picks]
    if not len(picks):
        nothing = np.full(limits.size, np.inf), np.full(limits.size, -1, dtype=np.int64)
        return Spread(picks, merged.apart, *nothing), 0.0
    owner, squared = ShardedRows(X, executor).assign(float_rows(X[picks]))
    return Spread(picks, merged.apart, squared, owner), float(np.sqrt(merged.reach)) / 2


def _first_round(X: NDArray[Any], limits: Limits) -> NDArray[np.int64]:
    admission = Admission(limits)
    # The shard is random, and so is its first row.
    open_rows = np.nonzero(admission.open_rows())[0]
    return farthest_first(X, admission, int(open_rows[0]) if len(open_rows) else -1).picks
