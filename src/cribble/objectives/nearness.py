"""The near rows of each row of a pool, kept where the pool keeps what was worked out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.kernels.assignment import nearest_centers
from cribble.kernels.neighbors import Cells, cell_centers, exact_neighbors
from cribble.kernels.scratch import scratch
from cribble.objectives.facility_location import Affinity

# Rows whose neighbors are found between two visits to the disk; a multiple of the kernel's blocks.
_BLOCK_ROWS = 8192


def pool_neighbors(
    pool: Pool,
    signal: str,
    affinity: Affinity,
    similarity: str,
    count: int,
    probes: int | None,
    seed: int,
) -> NDArray[np.int32]:
    """Find the nearest rows of each row, going on from what an earlier run has kept.

    Args:
        pool: The pool.
        signal: The signal that the affinity was made of.
        affinity: The rows, prepared.
        similarity: How they were prepared.
        count: Nearest rows per row, less than n.
        probes: Clusters to search for them; None searches all rows.
        seed: Seed of the clusters.

    Returns:
        (n, count) int32; n stands for none.
    """
    points = affinity.points

    def room(shape: tuple[int, int]) -> NDArray[np.int32]:
        return scratch(shape, np.int32, pool.memory // 16)

    if count < 1:
        return np.empty((len(points), 0), dtype=np.int32)
    name = f"similarity={similarity}"
    if probes is None:
        cuts = np.append(np.arange(0, len(points), _BLOCK_ROWS), len(points))
        return pool.derived_rows(
            signal,
            f"neighbors {name} count={count}",
            count,
            cuts,
            lambda low, high: exact_neighbors(points, count, low, high),
            room=room,
        )
    name += f" seed={seed}"
    centers = pool.derived(signal, f"centers {name}", lambda: cell_centers(points, seed))
    member = pool.derived(signal, f"cells {name}", lambda: nearest_centers(points, centers)[0])
    cells = Cells.of(points, centers, member, probes)
    found = pool.derived_rows(
        signal,
        f"neighbors {name} count={count} probes={probes}",
        count,
        cells.cuts(_BLOCK_ROWS),
        lambda low, high: cells.search(points, count, low, high),
        room=room,
    )
    return cells.by_row(found, pool.memory // 16)
