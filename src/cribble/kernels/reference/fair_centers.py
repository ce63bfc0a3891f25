"""Twins of `cribble.kernels.slots`, `group_reach` and `center_swaps`."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray


def can_match(
    allowed: NDArray[np.bool_], least: NDArray[np.int64], most: NDArray[np.int64], total: int
) -> bool:
    """Twin of `match_slots`, by trying everything: whether all centers can get a group."""
    for given in product(*(np.nonzero(row)[0].tolist() for row in allowed)):
        counts = np.bincount(np.asarray(given, dtype=np.int64), minlength=len(least))
        if (counts <= most).all() and np.maximum(counts, least).sum() <= total:
            return True
    return False


def nearest_in_groups(
    X: NDArray[Any],
    centers: NDArray[Any],
    codes: NDArray[np.int64],
    groups: int,
    eligible: NDArray[np.bool_],
    within: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Twin of `nearest_in_groups`, from the table of all distances."""
    table = ((X[None].astype(np.float64) - centers[:, None]) ** 2).sum(axis=2)
    gaps = np.full((len(centers), groups), np.inf)
    rows = np.full((len(centers), groups), -1, dtype=np.int64)
    for c, group in product(range(len(centers)), range(groups)):
        near = eligible & (codes == group) & (table[c] < within[c])
        if near.any():
            rows[c, group] = int(np.argmin(np.where(near, table[c], np.inf)))
            gaps[c, group] = table[c, rows[c, group]]
    return gaps, rows


def clustering_cost(X: NDArray[Any], centers: NDArray[Any], power: int) -> float:
    """Sum distance ** power to the nearest center: `swap_costs` tells differences of it."""
    table = ((X[:, None].astype(np.float64) - centers[None]) ** 2).sum(axis=2)
    return float((np.sqrt(table.min(axis=1)) ** power).sum())
