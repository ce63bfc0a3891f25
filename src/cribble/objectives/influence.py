"""Influence: how many rows a set would set off, over a graph of neighbors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.core.randomness import stream
from cribble.kernels.cascades import GROUP, Arrows, arrows_to, as_lists, reverse_reach
from cribble.objectives.concave import ConcaveOverSums
from cribble.objectives.coverage import max_coverage


def neighbor_arrows(points: NDArray[np.float32], near: NDArray[np.int32]) -> Arrows:
    """Point from each row to its nearest ones, with cosines that sum to 1 as weights.

    Args:
        points: (n, d) float32 unit rows.
        near: (n, c) int32 rows; n stands for none.

    Returns:
        The graph; cosines under 0 count as 0, and a row without any above it spreads equally.
    """
    weights = np.zeros(near.shape)
    there = near < len(points)
    for column in range(near.shape[1]):
        others = np.where(there[:, column], near[:, column], 0)
        for low in range(0, len(points), GROUP):
            part = slice(low, low + GROUP)
            own = points[part].astype(np.float64)
            weights[part, column] = np.einsum("ij,ij->i", own, points[others[part]])
    weights = np.where(there, np.maximum(weights, 0.0), 0.0)
    weights[~weights.any(axis=1)] = there[~weights.any(axis=1)]
    sums = weights.sum(axis=1, keepdims=True)
    return arrows_to(near, weights / np.where(sums > 0, sums, 1.0))


def sampled_influence(
    arrows: Arrows, sets: int, seed: int, name: str = "influence"
) -> ConcaveOverSums:
    """Expected number of rows that an independent cascade from S reaches, estimated.

    A row is reached as often as S holds one of those that would reach it, so each of the sampled
    sets stands for n / sets rows, and the influence is a coverage of sets: monotone submodular.

    Args:
        arrows: The graph; weights are chances.
        sets: Random rows whose sources are drawn.
        seed: Seed of the run.
        name: The step that draws; another name draws a fresh sample.
    """
    n = len(arrows.start) - 1
    found = []
    for group, low in enumerate(range(0, sets if n else 0, GROUP)):
        random = stream(seed, f"{name} {group}")
        roots = random.integers(0, n, min(GROUP, sets - low))
        numbers, rows = reverse_reach(arrows, roots, random)
        found.append((numbers + low, rows))
    empty = np.zeros(0, dtype=np.int64)
    numbers = np.concatenate([empty, *(one[0] for one in found)])
    rows = np.concatenate([empty, *(one[1] for one in found)])
    lists = as_lists(numbers, rows, n)
    return max_coverage(lists, np.full(sets, n / max(1, sets)), elements=sets)
