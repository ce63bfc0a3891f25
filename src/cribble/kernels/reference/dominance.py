"""Twins of `cribble.kernels.dominance`."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray


def dominance_layers(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twin of `dominance_layers`: O(n^2) a layer."""
    layers = np.full(len(points), -1, dtype=np.int64)
    layer = 0
    while (left := np.nonzero(layers < 0)[0]).size:
        own = points[left]
        above = (own[:, None] >= own).all(axis=2) & (own[:, None] > own).any(axis=2)
        layers[left[~above.any(axis=0)]] = layer
        layer += 1
    return layers


def crowding(points: NDArray[np.float64], layers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Twin of `crowding`, layer by layer and row by row."""
    total = np.zeros(len(points))
    for layer in np.unique(layers):
        rows = np.nonzero(layers == layer)[0]
        for column in points.T:
            order = rows[np.argsort(column[rows], kind="stable")]
            spread = column[order[-1]] - column[order[0]]
            if spread > 0:
                total[order[[0, -1]]] = np.inf
                total[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / spread
    return total


def union_volume(boxes: NDArray[np.float64]) -> float:
    """Volume of the union of boxes from the origin, by inclusion and exclusion."""
    return sum(
        (1 if size % 2 else -1) * float(np.min(boxes[list(some)], axis=0).prod())
        for size in range(1, len(boxes) + 1)
        for some in combinations(range(len(boxes)), size)
    )


def fresh_volumes(boxes: NDArray[np.float64], members: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twin of `fresh_volumes`, for few members."""
    before = union_volume(members)
    return np.array([union_volume(np.vstack([members, box])) - before for box in boxes])
