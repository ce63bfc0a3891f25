"""Twins of `cribble.kernels.distances`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def squared_distances(X: NDArray[Any], point: NDArray[Any]) -> NDArray[np.float64]:
    """Twin of `cribble.kernels.distances.squared_distances`."""
    gaps: NDArray[np.float64] = X.astype(np.float64) - point.astype(np.float64)
    result: NDArray[np.float64] = (gaps**2).sum(axis=1)
    return result


def nearest_center(
    X: NDArray[Any], centers: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Twin of `Centers.settle`: squared distance to, and number of, each row's nearest center."""
    table = np.stack([squared_distances(X, X[row]) for row in centers])
    return table.min(axis=0), table.argmin(axis=0)


def farthest_row(X: NDArray[Any], centers: list[int], open_rows: NDArray[np.bool_]) -> int:
    """Twin of `cribble.kernels.distances.farthest_row`."""
    squared = np.where(open_rows, nearest_center(X, centers)[0], -1.0)
    return int(squared.argmax()) if open_rows.any() else -1


def best_addition(
    X: NDArray[Any],
    centers: list[int],
    prior: NDArray[np.float64],
    scale: float,
    cap: float,
    open_rows: NDArray[np.bool_],
) -> int:
    """Twin of `cribble.kernels.distances.best_addition`."""
    near = np.sqrt(nearest_center(X, centers)[0])
    score = np.where(open_rows, prior + scale * np.minimum(cap, near), -np.inf)
    return int(score.argmax()) if open_rows.any() else -1
