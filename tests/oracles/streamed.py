"""Streamed functions from their definitions, and the optimum by trying all sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np

from cribble.objectives.streamed import (
    FUNCTIONS,
    Streamed,
    StreamedFacilityLocation,
    StreamedFeatures,
    StreamedLogDeterminant,
)

NAMES = FUNCTIONS


class Case:
    """A function over a few drawn rows, beside its definition.

    Clusters of unequal size, and in every third case rows that tie.
    """

    def __init__(self, seed: int, name: str, n: int = 9, d: int = 3) -> None:
        rng = np.random.default_rng((seed, NAMES.index(name)))
        centers = 3 * rng.standard_normal((4, d))
        self.X = centers[rng.integers(0, 4, n) // 2] + rng.standard_normal((n, d))
        if seed % 3 == 0:
            self.X = np.round(self.X)
        self.name = name
        makers = {
            "facility-location": lambda: StreamedFacilityLocation(self.X),
            "feature-based": lambda: StreamedFeatures(d),
            "log-det": lambda: StreamedLogDeterminant(d),
        }
        self.function: Streamed = makers[name]()

    def value(self, rows: Sequence[int]) -> float:
        """Value of a set by definition, float64."""
        S = self.X[list(rows)]
        if not len(S):
            return 0.0
        if self.name == "facility-location":
            near = ((self.X[:, None] - S[None]) ** 2).sum(axis=2)
            start = ((self.X - self.X.mean(axis=0)) ** 2).sum(axis=1)
            return float(np.maximum(start[:, None] - near, 0).max(axis=1).sum())
        if self.name == "feature-based":
            amounts = np.maximum(S, 0).sum(axis=0), np.maximum(-S, 0).sum(axis=0)
            return float(np.sqrt(amounts).sum())
        lengths = np.linalg.norm(S, axis=1, keepdims=True)
        unit = S / np.where(lengths > 0, lengths, 1)
        return float(np.linalg.slogdet(np.eye(len(S)) + unit @ unit.T)[1])

    def best(self, sets: Iterable[Sequence[int]]) -> float:
        return max(map(self.value, sets), default=0.0)

    def optimum(self, count: int, rows: Iterable[int] | None = None) -> float:
        """The best value of ``count`` rows, or of all where there are fewer."""
        pool = list(range(len(self.X)) if rows is None else rows)
        return self.best(combinations(pool, min(count, len(pool))))
