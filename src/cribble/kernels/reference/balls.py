"""Balls as they are defined: from the table of all distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def table(x: NDArray[Any]) -> NDArray[np.float64]:
    """Squared distances of all pairs, (m, m)."""
    wide = np.asarray(x, dtype=np.float64)
    squares: NDArray[np.float64] = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    return squares


def inside(x: NDArray[Any], square: float) -> NDArray[np.bool_]:
    """Which rows lie in the open ball of each row, (m, m); a row lies in its own."""
    near: NDArray[np.bool_] = (table(x) < square) | np.eye(len(x), dtype=bool)
    return near


def nearest_stranger(x: NDArray[Any], label: NDArray[np.int64]) -> NDArray[np.float64]:
    """Twin of `cribble.kernels.balls.nearest_stranger`."""
    squares = np.where(label[:, None] == label[None], np.inf, table(x))
    nearest: NDArray[np.float64] = squares.min(axis=1)
    return nearest
