"""Plain NumPy twin of `cribble.kernels.mixtures`: the simplex by bisection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def on_simplex(point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the shift after which the positive parts sum to 1."""
    low, high = point.min() - 1.0, point.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(point - middle, 0).sum() > 1 else (low, middle)
    found: NDArray[np.float64] = np.maximum(point - low, 0)
    return found
