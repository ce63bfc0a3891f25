"""Mixtures: several objectives at once, each with its weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.objectives.base import Objective, Removing


class Mixture:
    """f(S) = sum over the parts of weight * part(S).

    Monotone if every part is, and submodular if every part is; parts of weight 0 do not count.

    Args:
        parts: Objectives over the same rows, at the empty set.
        weights: One finite number a part, 0 or more.

    Raises:
        ParameterError: A weight is negative or not finite, or the counts or sizes differ.
    """

    def __init__(self, parts: Sequence[Objective], weights: Sequence[float]) -> None:
        if len(parts) != len(weights) or not parts:
            raise ParameterError("weights", list(weights), f"one for each of {len(parts)} parts")
        if len(sizes := {part.size for part in parts}) > 1:
            raise ParameterError("parts", sorted(sizes), "over equally many rows")
        for weight in weights:
            # A negative weight would turn a submodular part into a supermodular one.
            if not (np.isfinite(weight) and weight >= 0):
                raise ParameterError("weight", weight, "finite and 0 or more")
        self.parts = tuple(parts)
        self.weights = tuple(float(weight) for weight in weights)
        self._live = [pair for pair in zip(self.parts, self.weights, strict=True) if pair[1] > 0]
        self.size = parts[0].size
        self.monotone = all(part.monotone for part, _ in self._live)
        self.submodular = all(part.submodular for part, _ in self._live)

    def reset(self) -> None:
        """Take every part back to the empty set."""
        for part in self.parts:
            part.reset()

    @property
    def value(self) -> float:
        """The weighted value of the rows added so far."""
        return sum(weight * part.value for part, weight in self._live)

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the weighted gains of some rows."""
        total = np.zeros(len(rows))
        for part, weight in self._live:
            total += weight * part.gains(rows)
        return total

    def bounds(self) -> NDArray[np.float64]:
        """Bound the weighted gain of every row."""
        total = np.zeros(self.size)
        for part, weight in self._live:
            total += weight * part.bounds()
        return total

    def add(self, row: int) -> float:
        """Add a row to every part, and return its weighted gain."""
        gains = [part.add(row) for part in self.parts]
        return sum(weight * gain for weight, gain in zip(self.weights, gains, strict=True))


class RemovingMixture(Mixture):
    """A mixture of parts that rows can be taken out of.

    Args:
        parts: Objectives over the same rows, at the empty set.
        weights: One finite number a part, 0 or more.
    """

    def __init__(self, parts: Sequence[Removing], weights: Sequence[float]) -> None:
        super().__init__(parts, weights)
        self._removing = tuple(parts)

    def remove(self, row: int) -> float:
        """Take a row out of every part, and return the weighted change."""
        changes = [part.remove(row) for part in self._removing]
        return sum(weight * change for weight, change in zip(self.weights, changes, strict=True))

    def twin(self) -> RemovingMixture:
        """Open a second state over the same parts, at the empty set."""
        return RemovingMixture([part.twin() for part in self._removing], self.weights)
