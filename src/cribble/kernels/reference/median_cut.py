"""Plain NumPy twin of `cribble.kernels.median_cut`: full sorts, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def median_cut(points: NDArray[Any], parts: int, rounds: int = 10) -> list[list[int]]:
    """Cut points into parts of equal size; in each those nearest to its mean come first.

    Args:
        points: (n, d) floats, as they are measured.
        parts: How many parts, in [1, n].
        rounds: Most rounds of 2-means with equal halves.
    """
    X = np.asarray(points, dtype=np.float64)

    def cut(rows: NDArray[np.int64], share: int) -> list[list[int]]:
        if share == 1:
            gaps = np.linalg.norm(X[rows] - X[rows].mean(axis=0), axis=1)
            return [rows[np.argsort(gaps, kind="stable")].tolist()]
        offsets = X[rows] - X[rows].mean(axis=0)
        line = offsets[np.linalg.norm(offsets, axis=1).argmax()]
        upper: list[int] = []
        for _ in range(rounds):
            order = np.argsort(offsets @ line, kind="stable")
            found = sorted(order[len(rows) // 2 :].tolist())
            if found == upper:
                break
            upper = found
            lower = np.setdiff1d(np.arange(len(rows)), upper)
            line = offsets[upper].mean(axis=0) - offsets[lower].mean(axis=0)
        left = share // 2
        order = np.argsort(offsets @ line, kind="stable")
        size = len(rows) * left // share
        return cut(np.sort(rows[order[:size]]), left) + cut(
            np.sort(rows[order[size:]]), share - left
        )

    return cut(np.arange(len(X)), parts)
