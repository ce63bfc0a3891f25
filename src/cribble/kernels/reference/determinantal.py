"""Twins of `cribble.kernels.determinantal`."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray


def elementary(values: NDArray[np.float64], degree: int) -> float:
    """Twin of `log_elementary`, one entry, no logarithm."""
    return float(
        sum(np.prod(values[list(some)]) for some in combinations(range(len(values)), degree))
    )


def set_chances(kernel: NDArray[np.float64], size: int) -> dict[tuple[int, ...], float]:
    """Chance of every set of one size in proportion to its minor of a kernel."""
    minors = {
        some: max(0.0, float(np.linalg.det(kernel[np.ix_(some, some)])))
        for some in combinations(range(len(kernel)), size)
    }
    total = sum(minors.values())
    return {some: minor / total for some, minor in minors.items()}
