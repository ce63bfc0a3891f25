"""The near rows of each row of a pool, kept where the pool keeps what was worked out."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.kernels.neighbors import Cells, NearRows, exact_neighbors, measured
from cribble.kernels.partition import Partition, partition
from cribble.kernels.scratch import scratch, working_rows
from cribble.objectives.facility_location import Affinity

# Rows whose neighbors are found between two visits to the disk; a multiple of the kernel's blocks.
_BLOCK_ROWS = 8192


def pool_neighbors(
    pool: Pool, signal: str, similarity: str, count: int, probes: int | None, seed: int
) -> NearRows:
    """Find the nearest rows of each row, going on from what an earlier run has kept.

    Args:
        pool: The pool.
        signal: Name of a signal, (n, d) float.
        similarity: "phantom" for the nearest by distance, "cosine" for those of rows scaled to
            length 1.
        count: Nearest rows per row, less than n.
        probes: Cells to search for them, of about 512 rows; None searches all rows.
        seed: Seed of the cells.

    Returns:
        The nearest rows, and their squared distances (of "cosine" between the scaled rows).
    """
    X = pool.signal(signal, ndim=2)
    name = f"similarity={similarity}"
    if count < 1:
        return NearRows(np.arange(len(X), dtype=np.int32), np.empty((len(X), 0), dtype=np.int32))
    if probes is None:
        points = Affinity.of(X, similarity, memory=pool.memory // 8).points
        rows = points if similarity == "cosine" else working_rows(X, pool.memory // 8, half=True)
        lines = pool.derived_rows(
            signal,
            f"neighbors {name} count={count}",
            2 * count,
            np.append(np.arange(0, len(X), _BLOCK_ROWS), len(X)),
            lambda low, high: measured(rows, exact_neighbors(points, count, low, high), low),
            room=lambda shape: _room(pool, shape),
        )
        return NearRows(np.arange(len(X), dtype=np.int32), lines)
    name += f" seed={seed}"
    spherical = similarity == "cosine"
    made = cache(lambda: partition(X, seed, spherical=spherical))
    parts = Partition(
        pool.derived(signal, f"cells {name}", lambda: made().order),
        pool.derived(signal, f"starts {name}", lambda: made().start),
        pool.derived(signal, f"centers {name}", lambda: made().centers),
    )
    cells = cache(lambda: Cells.of(X, parts, probes, spherical=spherical, memory=pool.memory // 8))
    lines = pool.derived_rows(
        signal,
        f"neighbors {name} count={count} probes={probes}",
        2 * count,
        parts.cuts(_BLOCK_ROWS),
        lambda low, high: cells().search(count, low, high),
        room=lambda shape: _room(pool, shape),
    )
    return NearRows(parts.order, lines)


def _room(pool: Pool, shape: tuple[int, int]) -> NDArray[np.int32]:
    return scratch(shape, np.int32, pool.memory // 16)
