"""Twins of `cribble.kernels.greedy`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def affinities(
    X: NDArray[np.float32], Y: NDArray[np.float32], offsets: NDArray[np.float64], scale: float
) -> NDArray[np.float32]:
    """Compute all affinities at once, (m, n) float32."""
    products = X.astype(np.float64) @ Y.astype(np.float64).T
    result: NDArray[np.float32] = (scale * products + offsets).astype(np.float32)
    return result


def gains(
    X: NDArray[np.float32],
    cover: NDArray[np.float32],
    Y: NDArray[np.float32],
    offsets: NDArray[np.float64],
    scale: float,
) -> NDArray[np.float64]:
    """Twin of `cribble.kernels.greedy.dense_gains` and, over all pairs, of `listed_gains`."""
    excess = affinities(X, Y, offsets, scale).astype(np.float64) - cover[:, None]
    result: NDArray[np.float64] = np.maximum(excess, 0.0).sum(axis=0)
    return result


def raise_cover(
    cover: NDArray[np.float32], values: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    """Twin of `cribble.kernels.greedy.raise_cover`: the new cover and the gain."""
    raised = np.maximum(cover, values)
    return raised, float((raised.astype(np.float64) - cover).sum())


def best_candidates(
    X: NDArray[np.float32], Y: NDArray[np.float32], offsets: NDArray[np.float64], scale: float
) -> NDArray[np.int64]:
    """Twin of `cribble.kernels.greedy.best_candidates`."""
    table = affinities(X, Y, offsets, scale)
    best: NDArray[np.int64] = np.where(table.max(axis=1) > 0, table.argmax(axis=1), -1)
    return best
