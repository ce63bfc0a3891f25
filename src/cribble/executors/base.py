"""Rows cut into shards, and the steps that work on a shard wherever it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Executor, Pool
from cribble.executors.local import Local

if TYPE_CHECKING:
    from cribble.kernels.kmeans import Passes
    from cribble.kernels.topk import Nearest

# Multiplications of a pass over all rows: a tenth of a second of one processor.
_WORTH_SENDING = 4e9


@dataclass(frozen=True, slots=True)
class Shard:
    """Consecutive rows; a step knows its rank and the number of ranks, and nothing else.

    Args:
        rank: Number of the shard.
        ranks: Number of shards.
        size: Number of rows that are cut.
    """

    rank: int
    ranks: int
    size: int

    @property
    def rows(self) -> slice:
        """Its rows; shards differ by one row at most."""
        ends = (self.rank * self.size // self.ranks, (self.rank + 1) * self.size // self.ranks)
        return slice(*ends)


def executor_of(pool: Pool) -> Executor:
    """Where a pool's work is done: in this process, unless it names another place."""
    return pool.executor if pool.executor is not None else Local()


def shards_of(executor: Executor, size: int) -> list[Shard]:
    """Cut rows into a shard a rank, none of them empty but the only one of no rows."""
    ranks = max(1, min(executor.ranks, size))
    return [Shard(rank, ranks, size) for rank in range(ranks)]


def passes_on(executor: Executor, centers: int) -> Callable[[NDArray[Any]], Passes]:
    """Where k-means makes its passes: over shards, if several ranks repay sending the bounds.

    Args:
        executor: Where work is done.
        centers: Number of clusters.
    """
    from cribble.kernels.kmeans import Here

    def open_passes(X: NDArray[Any]) -> Passes:
        shared = executor.ranks > 1 and float(X.size) * centers >= _WORTH_SENDING
        return ShardedRows(X, executor) if shared else Here(X)

    return open_passes


class ShardedRows:
    """Vectors cut into shards that an executor holds for several passes.

    Every result is decided row by row in float64, so that the cut changes nothing.

    Args:
        X: (n, d) floats, often a memory map.
        executor: Where the work is done.
    """

    def __init__(self, X: NDArray[Any], executor: Executor) -> None:
        self.executor = executor
        self.shards = shards_of(executor, len(X))
        self._held = [executor.hold(X[shard.rows]) for shard in self.shards]

    def over_parts(
        self, work: Callable[..., Any], *columns: NDArray[Any]
    ) -> Iterator[tuple[slice, Any]]:
        """Call ``work`` on each shard, and on its part of arrays with an entry for each row.

        Yields:
            The rows of each shard and what ``work`` returned, in order.
        """
        parts = [shard.rows for shard in self.shards]
        cut = ([column[rows] for rows in parts] for column in columns)
        return zip(parts, self.executor.map(work, self._held, *cut), strict=True)

    def nearest_to(
        self,
        queries: NDArray[Any],
        count: int,
        starts: NDArray[np.int64],
        blocked: NDArray[np.bool_],
        memory: int,
    ) -> Nearest:
        """Find the rows with the largest cosine to each group of queries.

        Each shard gives its best rows, and the lists are merged; see `kernels.topk.blocked_top`.
        A shard's lists take ``24 count`` bytes a group.
        """
        from cribble.kernels.topk import merged_top

        asked = _Nearest(queries, count, starts, memory)
        hidden = [blocked[shard.rows] for shard in self.shards]
        parts = list(self.executor.map(asked, self.shards, self._held, hidden))
        return merged_top(parts, count)

    def assign(
        self, centers: NDArray[np.float32], *, spherical: bool = False
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the nearest of some centers for every row.

        Returns:
            label: (n,) int64, the lowest among equals.
            squares: (n,) float64 squared distance to it.
        """
        work = _Assign(centers, spherical)
        parts = list(self.executor.map(work, self._held))
        labels, squares = zip(*parts, strict=True)
        return np.concatenate(labels).astype(np.int64), np.concatenate(squares)


@dataclass(frozen=True, slots=True)
class _Nearest:
    """Search one shard; rows come numbered as in the pool."""

    queries: NDArray[Any]
    count: int
    starts: NDArray[np.int64]
    memory: int

    def __call__(self, shard: Shard, X: NDArray[Any], blocked: NDArray[np.bool_]) -> Nearest:
        from cribble.kernels.topk import blocked_top

        found = blocked_top(
            self.queries, X, self.count, starts=self.starts, blocked=blocked, memory=self.memory
        )
        rows = np.where(found.rows < 0, -1, found.rows + shard.rows.start)
        return found._replace(rows=rows)


@dataclass(frozen=True, slots=True)
class _Assign:
    """Assign the rows of one shard."""

    centers: NDArray[np.float32]
    spherical: bool

    def __call__(self, X: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        from cribble.kernels.assignment import nearest_centers

        return nearest_centers(X, self.centers, spherical=self.spherical)
