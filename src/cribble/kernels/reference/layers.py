"""Plain NumPy twin of `cribble.kernels.layers`: whole rankings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def nearest_layers(
    targets: NDArray[np.float64], rows: NDArray[np.float64], depth: int, blocked: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Rank all rows for every target row; ties go to the lowest row."""
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (targets, rows)]
    cosines = np.where(blocked, -np.inf, unit[0] @ unit[1].T)
    ranks = np.argsort(np.argsort(-cosines, axis=1, kind="stable"), axis=1)
    layers: NDArray[np.int64] = np.minimum(ranks.min(axis=0) + 1, depth + 1)
    layers[blocked] = depth + 1
    return layers
