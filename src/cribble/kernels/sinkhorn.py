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
    *,
    masses: Floats | None = None,
    scale: float | None = None,
    power: int = 2,
    start: Floats | None = None,
) -> Transport:
    """Solve the dual in the log domain; costs are Euclidean distances, by default squared.

    Each iteration is one pass over the rows. It stops where no target's potential moves by more
    than ``tolerance`` of the mean cost.

    Memory: three (1024, m) float64 tiles, and 8 (n + m) bytes.

    Args:
        rows: (n, d), n at least 1; may be a memory map.
        targets: (m, d), m at least 1.
        epsilon: Strength of the entropy term, as a share of the mean cost, above 0.
        iterations: At most so many, at least 1.
        tolerance: When to stop, as a share of the mean cost.
        masses: (n,) float64 masses of the rows, 0 or more, summing to 1; None for equal ones.
        scale: What stands for the mean cost above, so that values of several problems compare;
            None for the mean cost itself, above 0.
        power: 2 for squared distances, 1 for distances.
        start: (m,) float64 potential of the targets to start from; None for 0.

    Source:
        Cuturi (2013), arXiv:1306.0895; in the log domain, Peyré and Cuturi (2019),
        arXiv:1803.00567.
    """
    aims = np.asarray(targets, dtype=np.float64)
    mass = np.full(len(rows), 1 / len(rows)) if masses is None else masses
    # A mass of 0 weighs nothing, and its row still gets a potential.
    weights = np.log(np.maximum(mass, 1e-300))
    with limited_threads(1):
        scale = scale or mean_cost(rows, aims, power) or 1.0
        width = epsilon * scale
        potential = np.zeros(len(aims)) if start is None else start
        made, moved = 0, np.inf
        while made < iterations and moved > tolerance * scale:
            fresh = _target_potential(rows, aims, weights, potential, width, power)
            moved = float(np.abs(fresh - potential).max())
            potential, made = fresh, made + 1
        tiles = _tiles(rows, aims, power)
        source = np.concatenate([_source_potential(costs, potential, width) for costs in tiles])
    return Transport(source, potential, float(mass @ source + potential.mean()), made)


def _target_potential(
    rows: NDArray[Any],
    aims: Floats,
    weights: Floats,
    potential: Floats,
    width: float,
    power: int,
) -> Floats:
    """One iteration: the rows' potential from the targets', and the targets' from that."""
    top = np.full(len(aims), -np.inf)
    total = np.zeros(len(aims))
    for number, costs in enumerate(_tiles(rows, aims, power)):
        source = _source_potential(costs, potential, width)
        own = weights[number * _TILE : number * _TILE + len(costs)]
        reach = (source[:, None] - costs) / width + own[:, None]
        above = np.maximum(top, reach.max(axis=0))
        total = total * np.exp(top - above) + np.exp(reach - above).sum(axis=0)
        top = above
    found: Floats = -width * (top + np.log(total))
    return found


def _source_potential(costs: Floats, potential: Floats, width: float) -> Floats:
    reach = (potential - costs) / width
    top = reach.max(axis=1)
    found: Floats = -width * (top + np.log(np.exp(reach - top[:, None]).mean(axis=1)))
    return found


def _tiles(rows: NDArray[Any], aims: Floats, power: int) -> Iterator[Floats]:
    lengths = np.square(aims).sum(axis=1)
    for start in range(0, len(rows), _TILE):
        part = np.asarray(rows[start : start + _TILE], dtype=np.float64)
        costs = np.square(part).sum(axis=1)[:, None] + lengths - 2 * (part @ aims.T)
        np.maximum(costs, 0.0, out=costs)
        yield np.sqrt(costs, out=costs) if power == 1 else costs


def mean_cost(rows: NDArray[Any], aims: Floats, power: int = 2) -> float:
    """Average the cost between rows and targets, which `sinkhorn` measures its parameters in."""
    return sum(float(costs.sum()) for costs in _tiles(rows, aims, power)) / (len(rows) * len(aims))
