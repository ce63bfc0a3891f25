"""Twins of `cribble.kernels.projection` and `cribble.kernels.similarity`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def deflate(
    X: NDArray[np.float64], basis: NDArray[np.float64], left: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Twin of `deflate` for rows that have met no basis vector."""
    rest: NDArray[np.float64] = np.maximum(left - ((X @ basis.T) ** 2).sum(axis=1), 0.0)
    return rest


def relieve(
    X: NDArray[np.float64],
    taken: NDArray[np.float64],
    given: NDArray[np.float64],
    left: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Twin of `relieve`."""
    rest: NDArray[np.float64] = np.maximum(left + (X @ given) ** 2 - (X @ taken) ** 2, 0.0)
    return rest


def orthogonal_part(basis: NDArray[np.float64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twin of `orthogonal_part`."""
    part: NDArray[np.float64] = vector - basis.T @ (basis @ vector)
    return part


def nearest(X: NDArray[np.float64], picks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Twin of `raise_nearest` for rows that have met no pick, from 0."""
    most: NDArray[np.float64] = (X @ X[picks].T).max(axis=1, initial=0.0)
    return most


def positive_products(X: NDArray[np.float32]) -> NDArray[np.float64]:
    """Twin of `positive_products`."""
    wide = X.astype(np.float64)
    products: NDArray[np.float64] = np.maximum(wide @ wide.T, 0.0)
    return products


def positive_sums(X: NDArray[np.float32], Y: NDArray[np.float32]) -> NDArray[np.float64]:
    """Twin of `positive_sums`."""
    products = np.maximum(X.astype(np.float64) @ Y.astype(np.float64).T, 0.0)
    sums: NDArray[np.float64] = products.sum(axis=1)
    return sums
