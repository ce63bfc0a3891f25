"""What drawn cases of objectives are made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cribble.kernels.lists import Lists
from cribble.objectives import Objective

Rows = tuple[int, ...]
Case = tuple[Objective, Callable[[Rows], float]]


def lists(table: np.ndarray) -> Lists:
    start = np.concatenate([[0], np.cumsum((table > 0).sum(axis=1))])
    return Lists(start, np.nonzero(table)[1].astype(np.int32), table[table > 0])


def best(table: np.ndarray, rows: Rows) -> np.ndarray:
    """The largest entry of each row of a table among some columns, 0 where all are negative."""
    return table[:, list(rows)].max(axis=1, initial=0.0)


def unit(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit rows, unit queries (cosines of both signs), and all their cosines, float64."""
    both = rng.standard_normal((n + 3, 4))
    both = (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)
    wide = both.astype(np.float64)
    return both[:n], both[n:], wide @ wide.T
