"""A tree of k-means cells that follows the places rows lie at more than how many lie there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import row_uniforms, stream
from cribble.kernels.assignment import nearest_centers
from cribble.kernels.cells import cells_of
from cribble.kernels.kmeans import k_means
from cribble.kernels.scratch import taken_rows
from cribble.kernels.shares import nested_shares

# Rows a cell that centers are learned from: every round of resampling passes over them.
_SAMPLE = 128
# Rounds of Lloyd, at the start and of each resampling: later ones move few rows, and the next
# resampling starts anew.
_LLOYD = 10


class Tree(NamedTuple):
    """Leaves and the levels above them.

    Args:
        leaves: (n,) int64 leaf of each row.
        squares: (n,) float64 squared distance of each row to the center of its leaf.
        parents: For each level above the leaves, from the bottom, the parent of each cell.
        sizes: Number of cells of each level, from the bottom.
    """

    leaves: NDArray[np.int64]
    squares: NDArray[np.float64]
    parents: tuple[NDArray[np.int64], ...]
    sizes: tuple[int, ...]

    def shares(self, counts: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
        """Share rows out from the top: at each level equal shares among the cells of one parent.

        Args:
            counts: (L,) int64 rows that each leaf can give.
            rows: How many to share out, at most the sum of ``counts``.

        Returns:
            (L,) int64 rows of each leaf, at most ``counts``, summing to ``rows``.
        """
        return nested_shares(counts, self.parents, rows)


def balanced_tree(
    x: NDArray[Any], levels: Sequence[int], *, rounds: int, seed: int, spherical: bool = False
) -> Tree:
    """Cluster rows, then the centers, and so on; each level is flattened by resampling.

    A round of resampling starts k-means again on the rows nearest to each center alone, half a mean
    cell of them, so that dense places lose their pull; then all rows are assigned anew. Centers
    are learned from 128 rows a cell, drawn at random where there are more, in at most ten rounds
    of Lloyd after each start.

    Args:
        x: (n, d) finite floats, n at least 1.
        levels: Number of cells of each level, the leaves first, falling.
        rounds: Rounds of resampling at each level.
        seed: Decides the starts.
        spherical: Whether rows and centers are scaled to length 1.

    Source:
        Vo et al. (2024), arXiv:2405.15613.
    """
    points: NDArray[Any] = x
    labels: list[NDArray[np.int64]] = []
    squares = np.empty(0)
    for level, k in enumerate(levels):
        centers = _flattened(points, k, rounds, seed + level, spherical)
        label, gaps = nearest_centers(points, centers, spherical=spherical)
        squares = gaps if level == 0 else squares
        labels.append(label.astype(np.int64))
        points = centers
    sizes = (*(len(label) for label in labels[1:]), len(points))
    return Tree(labels[0], squares, tuple(labels[1:]), sizes)


def _flattened(
    x: NDArray[Any], k: int, rounds: int, seed: int, spherical: bool
) -> NDArray[np.float32]:
    if len(x) > _SAMPLE * k:
        drawn = row_uniforms(seed, "hierarchy sample", 0, len(x)) < _SAMPLE * k / len(x)
        x = taken_rows(x, np.nonzero(drawn)[0])
    cells = cells_of(x, k, seed=seed, spherical=spherical, iterations=_LLOYD)
    centers, label, squares = cells.centers, cells.codes, cells.squares
    most = len(x) // (2 * len(centers))
    if most < 2:
        return centers
    for turn in range(rounds):
        order = np.lexsort((squares, label))
        sizes = np.bincount(label, minlength=len(centers))
        place = np.arange(len(x)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        near = np.sort(order[place < most])
        # From a new start: the old centers are close to the means of the rows near them.
        again = int(stream(seed, f"resampling {turn}").integers(2**62))
        centers = k_means(
            taken_rows(x, near), len(centers), seed=again, iterations=_LLOYD, spherical=spherical
        ).centers
        found, squares = nearest_centers(x, centers, spherical=spherical)
        label = found.astype(np.int64)
    return centers
