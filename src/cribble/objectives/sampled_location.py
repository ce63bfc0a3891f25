"""Facility location over a sample of targets, where no machine prepares all candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.distances import mean_row
from cribble.objectives.facility_location import Affinity, FacilityLocation


@dataclass(frozen=True, slots=True, eq=False)
class SampledLocation:
    """Opens facility location over some candidates; small enough to travel to each shard.

    Rows are prepared one by one, so that every shard maximizes the same function.

    Args:
        targets: (r, d) float32 rows to stand for, prepared.
        similarity: "phantom" or "cosine"; see `Affinity.of`.
        center: (d,) float64 mean of the pool for "phantom".
        memory: Bytes that a search may take; half of them for its candidates.
    """

    targets: NDArray[np.float32]
    similarity: str
    center: NDArray[np.float64] | None
    memory: int

    @classmethod
    def of(
        cls, X: NDArray[Any], sample: NDArray[np.int64], similarity: str, memory: int
    ) -> SampledLocation:
        """Prepare the targets.

        Args:
            X: (n, d) any float, the pool.
            sample: (r,) int64 rows that are targets.
            similarity: "phantom" or "cosine".
            memory: Bytes that a search may take; half of them for its candidates.
        """
        center = mean_row(X) if similarity == "phantom" else None
        targets = Affinity.of(X[sample], similarity, center).points
        return cls(targets, similarity, center, memory)

    def __call__(
        self, X: NDArray[Any], held: NDArray[np.float32] | None = None
    ) -> FacilityLocation:
        """Open the objective over candidates.

        Args:
            X: (m, d) any float.
            held: (r,) float32, what each target has already; None for nothing.
        """
        affinity = Affinity.of(X, self.similarity, self.center, self.memory / 2)
        return FacilityLocation(affinity, self.targets, self.memory, held)


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """The function at a set, for the gains of few rows of the pool.

    Args:
        location: The function.
        X: (n, d) the pool.
        value: The value of the set.
        cover: (r,) float32, what the set gives each target.
    """

    location: SampledLocation
    X: NDArray[Any]
    value: float
    cover: NDArray[np.float32]

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        return self.location(self.X[rows], self.cover).gains(np.arange(len(rows)))


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the rows of a pool would still add to a set, and which of it they are nearest to.

    Args:
        location: The function.
        chosen: (k, d) rows of the set, as they come in the pool.
        cover: (r,) float32, what the set gives each target.
    """

    location: SampledLocation
    chosen: NDArray[Any]
    cover: NDArray[np.float32]

    def __call__(self, X: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Judge some rows.

        Returns:
            (m,) float64 bounds of their gains, and (m,) int64 the place in the set of the one of
            largest affinity, -1 where none is above 0.
        """
        objective = self.location(X, self.cover)
        near = objective.affinity.nearest_of(self.location(self.chosen).affinity)
        return objective.bounds(), near
