"""Plain Python twin of `cribble.kernels.near_lists`."""

from __future__ import annotations

from collections.abc import Callable, Set

import numpy as np
from numpy.typing import NDArray


def set_similarity(measure: str, left: Set[int], right: Set[int]) -> float:
    """Compare two sets."""
    shared = len(left & right)
    if not left and not right:
        return 1.0
    jaccard = shared / len(left | right)
    overlap = shared / min(len(left), len(right)) if left and right else 0.0
    return {"jaccard": jaccard, "overlap": overlap, "coincidence": jaccard * overlap}[measure]


def near_table(
    size: int, count: int, similarity: Callable[[int, int], float]
) -> NDArray[np.float64]:
    """The (n, n) similarities of listed pairs, 0 for all others."""
    every = np.array([[similarity(i, j) for j in range(size)] for i in range(size)])
    kept = np.eye(size, dtype=np.bool_)
    for i in range(size):
        others = sorted((-every[i, j], j) for j in range(size) if j != i)
        kept[i, [j for _, j in others[:count]]] = True
    return np.where(kept | kept.T, every, 0.0)
