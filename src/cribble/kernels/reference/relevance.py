"""Twins of `cribble.kernels.relevance`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def clipped_products(X: NDArray[np.float32], Y: NDArray[np.float32]) -> NDArray[np.float64]:
    """Twin of `clipped_products` for all rows, in float64."""
    products: NDArray[np.float64] = np.maximum(X.astype(np.float64) @ Y.astype(np.float64).T, 0.0)
    return products


def relevance(
    X: NDArray[np.float32], Y: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Twin of `relevance`: largest and summed products of each row."""
    products = clipped_products(X, Y)
    return products.max(axis=1, initial=0.0), products.sum(axis=1)
