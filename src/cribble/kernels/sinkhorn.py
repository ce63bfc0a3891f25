"""Entropic optimal transport between two clouds of points, in tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.threads import limited_threads

# Fixed, so that no memory limit changes how sums are taken: 8 bytes a row and target.
_TILE = 1024

Floats = NDArray[np.float64]


class Transport(NamedTuple):
    """Where Sinkhorn's iterations ended.

    Args:
        source: (n,) float64 dual potential of the rows.
        target: (m,) float64 dual potential of the targets.
        value: The dual value, an estimate of the transport cost with its entropy term.
        iterations: How many were made.
    """

    source: Floats
    target: Floats
    value: float
    iterations: int


def sinkhorn(
    rows: NDArray[Any],
    targets: NDArray[Any],
    epsilon: float,
    iterations: int,
    tolerance: float,
) -> Transport:
    """Solve the dual for uniform masses and squared Euclidean costs, in the log domain.

    Each iteration is one pass over the rows. It stops where no target's potential moves by more
    than ``tolerance`` of the mean cost.

    Memory: three (1024, m) float64 tiles, and 8 (n + m) bytes.

    Args:
        rows: (n, d), n at least 1; may be a memory map.
        targets: (m, d), m at least 1.
        epsilon: Strength of the entropy term, as a share of the mean cost, above 0.
        iterations: At most so many, at least 1.
        tolerance: When to stop, as a share of the mean cost.

    Source:
        Cuturi (2013), arXiv:1306.0895; in the log domain, Peyré and Cuturi (2019),
        arXiv:1803.00567.
    """
    aims = np.asarray(targets, dtype=np.float64)
    with limited_threads(1):
        scale = _mean_cost(rows, aims) or 1.0
        width = epsilon * scale
        potential = np.zeros(len(aims))
        made, moved = 0, np.inf
        while made < iterations and moved > tolerance * scale:
            fresh = _target_potential(rows, aims, potential, width)
            moved = float(np.abs(fresh - potential).max())
            potential, made = fresh, made + 1
        tiles = _tiles(rows, aims)
        source = np.concatenate([_source_potential(costs, potential, width) for costs in tiles])
    return Transport(source, potential, float(source.mean() + potential.mean()), made)


def _target_potential(rows: NDArray[Any], aims: Floats, potential: Floats, width: float) -> Floats:
    """One iteration: the rows' potential from the targets', and the targets' from that."""
    top = np.full(len(aims), -np.inf)
    total = np.zeros(len(aims))
    for costs in _tiles(rows, aims):
        source = _source_potential(costs, potential, width)
        reach = (source[:, None] - costs) / width
        above = np.maximum(top, reach.max(axis=0))
        total = total * np.exp(top - above) + np.exp(reach - above).sum(axis=0)
        top = above
    found: Floats = -width * (top + np.log(total / len(rows)))
    return found


def _source_potential(costs: Floats, potential: Floats, width: float) -> Floats:
    reach = (potential - costs) / width
    top = reach.max(axis=1)
    found: Floats = -width * (top + np.log(np.exp(reach - top[:, None]).mean(axis=1)))
    return found


def _tiles(rows: NDArray[Any], aims: Floats) -> Iterator[Floats]:
    lengths = np.square(aims).sum(axis=1)
    for start in range(0, len(rows), _TILE):
        part = np.asarray(rows[start : start + _TILE], dtype=np.float64)
        costs = np.square(part).sum(axis=1)[:, None] + lengths - 2 * (part @ aims.T)
        yield np.maximum(costs, 0.0, out=costs)


def _mean_cost(rows: NDArray[Any], aims: Floats) -> float:
    return sum(float(costs.sum()) for costs in _tiles(rows, aims)) / (len(rows) * len(aims))
