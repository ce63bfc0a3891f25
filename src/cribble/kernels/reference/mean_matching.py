"""Twins of `kernels.mean_matching`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def gap(X: NDArray[Any], rows: list[int]) -> float:
    """Distance of the mean of some rows to the mean of all."""
    return float(np.linalg.norm(X[rows].mean(axis=0) - X.mean(axis=0)))


def mean_matching(X: NDArray[Any], count: int, first: list[int]) -> list[int]:
    """Try every row at every step; the first rows of the order alone."""
    order = list(first)
    while len(order) < min(count, len(X)):
        left = [row for row in range(len(X)) if row not in order]
        order.append(min(left, key=lambda row: gap(X, [*order, row])))
    return order
