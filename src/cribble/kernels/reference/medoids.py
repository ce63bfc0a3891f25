"""K-medoids as it is defined, on the matrix of all distances."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray


def distances(x: NDArray[Any], root: bool = True) -> NDArray[np.float64]:
    """Distances of all pairs, or their squares, (n, n)."""
    wide = np.asarray(x, dtype=np.float64)
    squares: NDArray[np.float64] = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    return np.sqrt(squares) if root else squares


def loss(table: NDArray[np.float64], medoids: Any) -> float:
    """Summed distance of every row to its nearest medoid."""
    return float(table[:, list(medoids)].min(axis=1).sum())


def best(table: NDArray[np.float64], k: int) -> float:
    """The least loss of any k medoids, tried one by one."""
    return min(loss(table, rows) for rows in itertools.combinations(range(len(table)), k))


def eager_swaps(table: NDArray[np.float64], start: Any) -> list[int]:
    """Take candidates in turn; each replaces the medoid where it gains most, if it gains at all."""
    medoids, quiet, at = [int(row) for row in start], 0, 0
    while quiet < len(table):
        if at not in medoids:
            now = loss(table, medoids)
            swapped = [[*medoids[:i], at, *medoids[i + 1 :]] for i in range(len(medoids))]
            losses = [loss(table, one) for one in swapped]
            if min(losses) < now - 1e-9 * now:
                medoids, quiet = swapped[int(np.argmin(losses))], -1
        quiet, at = quiet + 1, (at + 1) % len(table)
    return medoids
