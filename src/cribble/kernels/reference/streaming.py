"""Twins of `cribble.kernels.streaming`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def positive_affinities(
    points: NDArray[Any], offsets: NDArray[np.float64], scale: float, targets: NDArray[Any]
) -> NDArray[np.float64]:
    """Twin of `positive_affinities`, in float64."""
    products = points.astype(np.float64) @ targets.astype(np.float64).T
    return np.maximum(scale * products + offsets[:, None], 0.0)


def cover_gains(near: NDArray[Any], cover: NDArray[Any]) -> NDArray[np.float64]:
    """Twin of `cover_gains`."""
    gains: NDArray[np.float64] = np.maximum(near.astype(np.float64) - cover, 0.0).sum(axis=1)
    return gains
