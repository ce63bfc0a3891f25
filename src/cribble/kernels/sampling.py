"""Draws of a fixed number of distinct rows, each with the very chance it was given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.distances import BLOCK


def inclusion_chances(sizes: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Scale sizes to chances of being drawn that sum to ``count``; none exceeds 1.

    Rows whose chance would exceed 1 get 1, and the others are scaled again. Where fewer rows than
    ``count`` have a positive size, those get 1 and the others share the rest equally.

    Args:
        sizes: (m,) float64, 0 or more.
        count: Rows to draw, in [0, m].

    Returns:
        (m,) float64 in [0, 1].
    """
    positive = sizes > 0
    if positive.sum() <= count:
        chances = positive.astype(np.float64)
        left = len(sizes) - int(positive.sum())
        if left:
            chances[~positive] = (count - int(positive.sum())) / left
        return chances
    # The largest sizes are certain for as long as the largest of the rest would exceed its share.
    order = np.argsort(-sizes, kind="stable")
    ranked = sizes[order]
    rest = np.cumsum(ranked[::-1])[::-1]
    room = count - np.arange(len(sizes))
    within = np.nonzero((ranked * room <= rest) | (room <= 0))[0]
    certain = int(within[0]) if len(within) else len(sizes)
    chances = np.ones(len(sizes))
    chances[order[certain:]] = ranked[certain:] * (count - certain) / rest[certain]
    return np.minimum(chances, 1.0)


def systematic(chances: NDArray[np.float64], start: float) -> NDArray[np.bool_]:
    """Draw rows where equally spaced ticks fall along the summed chances.

    Rows next to one another are rarely drawn together: shuffle them, or sort them to spread the
    draw.

    Args:
        chances: (m,) in [0, 1], with a whole sum, in the order of the walk.
        start: One uniform draw in [0, 1).

    Returns:
        (m,) bool; the number of rows is the sum, and each is drawn with its chance.

    Source:
        Madow (1949), doi:10.1214/aoms/1177729988.
    """
    ticks = np.cumsum(chances)
    if len(ticks):
        ticks *= round(float(ticks[-1])) / max(ticks[-1], 1e-300)
    passed = np.ceil(np.maximum(ticks - start, 0.0))
    if len(ticks):
        passed[-1] = round(float(ticks[-1]))
    drawn: NDArray[np.bool_] = np.diff(passed, prepend=0.0) > 0.5
    return drawn


def pivotal(chances: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.bool_]:
    """Draw rows by duels along a binary tree over them; neighbors are rarely drawn together.

    The rows are halved again and again, the left half never the larger. From the bottom up, the
    two survivors of each pair of halves meet: either one of them is out and the other takes over
    its chance, or one is drawn and the other keeps what is left of both.

    Args:
        chances: (m,) in [0, 1], with a whole sum, in the order of the leaves.
        random: Decides the duels.

    Returns:
        (m,) bool; the number of rows is the sum, and each is drawn with its chance.

    Source:
        Deville and Tillé (1998), doi:10.1093/biomet/85.1.89; on a tree over space: Shimizu et al.
        (2024), arXiv:2310.04966.
    """
    m = len(chances)
    drawn = chances >= 1.0
    mass = np.where(drawn, 0.0, chances)
    splits = [np.array([0, m])]
    while m and (np.diff(splits[-1]) > 1).any():
        edges = splits[-1]
        middle = edges[:-1] + np.diff(edges) // 2
        splits.append(np.unique(np.concatenate([edges, middle])))
    survivor = np.arange(m)
    for edges in reversed(splits[:-1]):
        # A part is named by its first row; the survivor of a part stands in ``survivor`` there.
        left = edges[:-1]
        right = left + np.diff(edges) // 2
        met = right > left
        left, right = left[met], right[met]
        survivor[left] = _duels(survivor[left], survivor[right], mass, drawn, random)
    if m:
        last = survivor[0]
        drawn[last] |= mass[last] > 0.5
    return drawn


def _duels(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    mass: NDArray[np.float64],
    drawn: NDArray[np.bool_],
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Let pairs of survivors meet; changes ``mass`` and ``drawn``, returns who goes on."""
    a, b = mass[first], mass[second]
    both = a + b
    light = both <= 1.0
    # The chance that the first goes on.
    over = np.where(2.0 - both > 0, 2.0 - both, 1.0)
    chance = np.where(
        light, np.divide(a, both, out=np.zeros_like(a), where=both > 0), (1 - a) / over
    )
    stays = random.random(len(a)) < chance
    on, off = np.where(stays, first, second), np.where(stays, second, first)
    drawn[off[~light]] = True
    mass[off] = 0.0
    mass[on] = np.where(light, both, both - 1.0)
    return on


def spread_order(
    x: NDArray[Any], rows: NDArray[np.int64], directions: str = "coordinate"
) -> NDArray[np.int64]:
    """Order rows so that halving the order again and again halves space.

    O(m log^2 m), for "pca" O(m d^2 log m); holds some numbers a row, and a block of rows.

    Args:
        x: (n, d) floats, often a memory map.
        rows: (m,) int64 rows to order.
        directions: "coordinate" cuts along each coordinate in turn, "pca" along the first
            principal direction of each part.

    Returns:
        (m,) int64 places in ``rows``; equal values keep their order.
    """
    order = np.arange(len(rows))
    parts, depth = [(0, len(rows))], 0
    while parts:
        fewer = []
        for start, stop in parts:
            if stop - start < 2:
                continue
            part = order[start:stop]
            along = _along(x, rows[part], directions, depth)
            order[start:stop] = part[np.argsort(along, kind="stable")]
            middle = start + (stop - start) // 2
            fewer += [(start, middle), (middle, stop)]
        parts, depth = fewer, depth + 1
    return order


def _along(
    x: NDArray[Any], rows: NDArray[np.int64], directions: str, depth: int
) -> NDArray[np.float64]:
    """Where rows lie on the axis that cuts them, (m,)."""
    if directions == "coordinate":
        return np.asarray(x[rows, depth % x.shape[1]], dtype=np.float64)
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    mean = sum(np.asarray(x[one], dtype=np.float64).sum(axis=0) for one in blocks) / len(rows)
    square = sum((part := x[one] - mean).T @ part for one in blocks)
    axis = np.linalg.eigh(square)[1][:, -1]
    # An eigenvector has no sign of its own, and its last bits none either.
    axis = axis * np.sign(axis[np.abs(axis).argmax()])
    return np.round(np.concatenate([(x[one] - mean) @ axis for one in blocks]), 9)
