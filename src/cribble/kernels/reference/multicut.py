"""Multicut as it is defined: on the matrix of all pairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def objective(table: NDArray[np.float64], codes: Any) -> float:
    """Sum of the pairs inside clusters."""
    codes = np.asarray(codes)
    same = np.triu(codes[:, None] == codes[None], 1)
    return float(table[same].sum())


def partitions(n: int) -> Iterator[list[int]]:
    """All partitions of n rows, clusters numbered by their first rows."""
    if n == 0:
        yield []
        return
    for rest in partitions(n - 1):
        for code in range(max(rest, default=-1) + 2):
            yield [*rest, code]


def contract(table: NDArray[np.float64]) -> list[int]:
    """Join the two clusters of largest summed value while it is positive, first pair first."""
    clusters = [[i] for i in range(len(table))]
    while len(clusters) > 1:
        pairs = [(i, j) for i in range(len(clusters)) for j in range(i + 1, len(clusters))]
        values = [table[np.ix_(clusters[i], clusters[j])].sum() for i, j in pairs]
        if max(values) <= 0:
            break
        i, j = pairs[int(np.argmax(values))]
        clusters[i] += clusters.pop(j)
    codes = [0] * len(table)
    for code, rows in enumerate(clusters):
        for row in rows:
            codes[row] = code
    return codes
