"""Plain NumPy twin of `cribble.kernels.sinkhorn`: the whole cost matrix, and any masses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sinkhorn(
    rows: Floats,
    targets: Floats,
    width: float,
    iterations: int,
    masses: Floats | None = None,
    power: int = 2,
) -> tuple[Floats, Floats, float]:
    """Give the potentials of rows and targets and the dual value; ``width`` is absolute."""
    costs = np.square(rows[:, None] - targets).sum(axis=2) ** (power / 2)
    mass = np.full(len(rows), 1 / len(rows)) if masses is None else masses
    potential = np.zeros(len(targets))
    for _ in range(iterations):
        source = -width * np.log(np.exp((potential - costs) / width).mean(axis=1))
        potential = -width * np.log(mass @ np.exp((source[:, None] - costs) / width))
    source = -width * np.log(np.exp((potential - costs) / width).mean(axis=1))
    return source, potential, float(mass @ source + potential.mean())
