"""Small problems with known optima, for the guarantees of optimizers."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from cribble.core import Budget, Limits, Pool

KINDS = ("rows", "groups", "keep", "cost", "free", "all")


class Coverage:
    """Weighted coverage: the summed weight of the points that the picked rows cover.

    Args:
        table: (n, u) bool, which points each row covers.
        weights: (u,) float64, 0 or more.
    """

    monotone = True
    submodular = True

    def __init__(self, table: np.ndarray, weights: np.ndarray) -> None:
        self.table, self.weights = table, weights
        self.evaluated = 0
        self.reset()

    def reset(self) -> None:
        self.covered = np.zeros(len(self.weights), dtype=bool)
        self.value = 0.0

    @property
    def size(self) -> int:
        return len(self.table)

    def gains(self, rows: np.ndarray) -> np.ndarray:
        self.evaluated += len(rows)
        return self.table[rows] @ np.where(self.covered, 0.0, self.weights)

    def bounds(self) -> np.ndarray:
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        gain = float(self.weights[self.table[row] & ~self.covered].sum())
        self.covered |= self.table[row]
        self.value += gain
        return gain

    def of(self, rows: tuple[int, ...]) -> float:
        return float(self.weights[self.table[list(rows)].any(axis=0)].sum()) if rows else 0.0


def coverage(seed: int, n: int = 10, points: int = 14, share: float = 0.25) -> Coverage:
    """Draw a coverage problem; integer weights make sums exact and ties common."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 5, points).astype(np.float64)
    return Coverage(rng.random((n, points)) < share, weights)


def problem(seed: int, kind: str, n: int = 10) -> tuple[Limits, Pool]:
    """Draw limits of a kind: rows, groups, keep, cost or everything."""
    rng = np.random.default_rng(seed)
    names = [f"g{code}" for code in rng.integers(0, 3, n)]
    costs = rng.integers(0 if kind == "free" else 1, 6, n).astype(np.float64)
    pool = Pool(n, signals={"tokens": costs}, groups={"g": names})
    most = dict.fromkeys(sorted(set(names)), 2)
    first = sorted(set(names))[0]
    budget = {
        "rows": Budget(rows=4),
        "groups": Budget(
            rows=min(4, 2 * len(most)), at_most={"g": most}, at_least={"g": {first: 1}}
        ),
        "keep": Budget(rows=4, keep=[n - 1], drop=[0]),
        "cost": Budget(cost=9),
        "free": Budget(cost=7),
        "all": Budget(cost=14, keep=[n - 1], drop=[0], at_most={"g": {names[2]: 3}}),
    }[kind]
    return budget.resolve(pool), pool


@functools.cache
def every_set(n: int) -> np.ndarray:
    """All sets of n rows, (2^n, n) bool; row j is in set number m where bit j of m is 1."""
    return (np.arange(1 << n)[:, None] >> np.arange(n)) % 2 == 1


def number_of(rows: Iterable[int]) -> int:
    return sum(1 << int(row) for row in rows)


def within(limits: Limits, sets: np.ndarray) -> np.ndarray:
    """Mark the sets, (m, n) bool, that hold the limits."""
    counts = sets @ np.eye(len(limits.upper), dtype=np.int64)[limits.groups.codes]
    good = (counts <= limits.upper).all(axis=1) & (counts >= limits.lower).all(axis=1)
    good &= sets[:, limits.keep].all(axis=1) & ~sets[:, limits.excluded].any(axis=1)
    if limits.rows is not None:
        return good & (sets.sum(axis=1) == limits.rows)
    return good & (sets @ limits.costs <= limits.cost)


def feasible(limits: Limits, rows: Iterable[int]) -> bool:
    marked = np.zeros((1, limits.size), dtype=np.bool_)
    marked[0, list(rows)] = True
    return bool(within(limits, marked)[0])


def values(objective: Coverage) -> np.ndarray:
    """The value of every set, (2^n,)."""
    return (every_set(objective.size) @ objective.table) @ objective.weights


def optimum(objective: Coverage, limits: Limits) -> float:
    """Find the best value within the limits by trying all sets."""
    return float(values(objective)[within(limits, every_set(limits.size))].max())
