"""Modular functions: every row is worth the same, whatever else is picked."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray


def scaled_scores(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Scale scores to [0, 1] over the pool; where all are equal, to 1."""
    wide = scores.astype(np.float64)
    low, high = float(wide.min(initial=np.inf)), float(wide.max(initial=-np.inf))
    scaled: NDArray[np.float64] = (wide - low) / (high - low) if high > low else np.ones(len(wide))
    return scaled


class Modular:
    """f(S) = sum of the scores of S; monotone where no score is negative.

    Args:
        scores: (n,) float64.
    """

    submodular = True

    def __init__(self, scores: NDArray[np.float64]) -> None:
        self.scores = np.asarray(scores, dtype=np.float64)
        self.size = len(self.scores)
        self.monotone = bool(self.scores.min(initial=0.0) >= 0)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self._value = 0.0

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Look the scores up."""
        return self.scores[rows]

    def bounds(self) -> NDArray[np.float64]:
        """Copy all scores."""
        return self.scores.copy()

    def add(self, row: int) -> float:
        """Add a row and return its score."""
        self._value += float(self.scores[row])
        return float(self.scores[row])

    def remove(self, row: int) -> float:
        """Take a row out and return what that changes."""
        self._value -= float(self.scores[row])
        return -float(self.scores[row])

    def twin(self) -> Modular:
        """Open a second state over the same scores, at the empty set."""
        twin = copy.copy(self)
        twin.reset()
        return twin
