"""Twins of `cribble.kernels.neighbors` and `cribble.kernels.near_graph`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def exact_neighbors(X: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Twin of `cribble.kernels.neighbors.exact_neighbors`, nearest first."""
    wide = X.astype(np.float64)
    squared = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    return np.argsort(squared, axis=1, kind="stable")[:, :count]


def near_graph(neighbors: NDArray[np.int32]) -> list[list[int]]:
    """Twin of `cribble.kernels.near_graph.near_graph`, the rows as lists."""
    lists = [{row} for row in range(len(neighbors))]
    for row, line in enumerate(neighbors.tolist()):
        for other in line:
            if other < len(neighbors):
                lists[row].add(other)
                lists[other].add(row)
    return [sorted(one) for one in lists]
