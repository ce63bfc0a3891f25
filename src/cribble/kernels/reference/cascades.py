"""Twins of `cribble.kernels.cascades`."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray


def reach_chances(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that each row reaches each row, over all graphs, (n, n); entry (i, j) is i to j."""
    n, total = len(chances), np.zeros(chances.shape)
    edges = np.argwhere(chances > 0)
    for kept in product((False, True), repeat=len(edges)):
        graph = np.eye(n, dtype=bool)
        weight = 1.0
        for (i, j), keep in zip(edges.tolist(), kept, strict=True):
            graph[i, j] |= keep
            weight *= chances[i, j] if keep else 1 - chances[i, j]
        for _ in range(n):
            graph = graph @ graph
        total += weight * graph
    return total


def votes(
    near: NDArray[np.int32], picks: list[int], base: float, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Twin of `votes`, from the definition."""
    out = np.zeros(len(rows))
    for p, row in enumerate(rows.tolist()):
        for v, own in enumerate(near.tolist()):
            if row in own and v not in picks:
                out[p] += base ** -len(set(own) & set(picks))
    return out
