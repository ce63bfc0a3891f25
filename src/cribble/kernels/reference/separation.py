"""Twins of `cribble.kernels.separation`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def separated_rows(X: NDArray[Any], order: NDArray[np.int64], gap: float, most: int) -> list[int]:
    """Twin of a whole walk of `cribble.kernels.separation.next_separated`."""
    picks: list[int] = []
    for row in order.tolist():
        if len(picks) < most and all(
            float(((X[row].astype(np.float64) - X[other]) ** 2).sum()) >= gap for other in picks
        ):
            picks.append(row)
    return picks


def distances(X: NDArray[Any]) -> NDArray[np.float64]:
    """All distances between rows, (n, n): what `least_distance` and `far_pair` look into."""
    wide = X.astype(np.float64)
    result: NDArray[np.float64] = np.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    return result
