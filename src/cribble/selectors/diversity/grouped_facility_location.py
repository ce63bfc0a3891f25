"""Facility location by group: a row of every group finds one of its own that stands for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.distances import mean_row
from cribble.kernels.scratch import scratch
from cribble.selectors.diversity.facility_location import FacilityLocation

_BLOCK = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedFacilityLocation:
    """Greedy facility location on vectors that say the group too.

    Each group gets a coordinate of its own, so that two rows of different groups lie
    ``separation`` times as far apart (in squared distance) as two random rows of the pool, beside
    what they differ by anyway. A row then stands for rows like it of its own group first. With
    labels as groups the picks show what each class looks like; how many rows a class gets
    follows from what they are worth.

    Args:
        signal: Name of a pool signal, (n, d) float.
        by: Name of the grouping.
        separation: How far groups are apart; 0 is plain facility location.

    Raises:
        ParameterError: ``separation`` is negative or not finite.

    Source:
        Facility location within each class: Wei, Iyer and Bilmes (2015),
        proceedings.mlr.press/v37/wei15; Mirzasoleiman, Bilmes and Leskovec (2020),
        arXiv:1906.01827. The added coordinates instead of a run a class are ours.
    """

    card: ClassVar[Card] = Card(
        "grouped-facility-location",
        family="diversity",
        needs=("embedding", "group"),
        cost="O(n^2 d) exact, O(n d log n) graph",
        memory="O(n (d + groups))",
        row_bytes=150,
        guarantee="as facility-location, on vectors that say the group",
        source="arXiv:1906.01827",
        explains=("gain", "assignment"),
    )
    signal: str = "embedding"
    by: str = "group"
    separation: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.separation) and self.separation >= 0):
            raise ParameterError("separation", self.separation, "0 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that stand for the rows of their groups.

        Returns:
            As `FacilityLocation`; values are those on the longer vectors.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            UnknownNameError: The pool has no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        budget.resolve(pool)
        vectors = pool.signal(self.signal, ndim=2)
        groups = pool.groups(self.by)
        joined = _joined(
            vectors, groups.codes, len(groups.names), self.separation, pool.room(1 / 4)
        )
        # Another name, so that no neighbors kept for the plain vectors are taken for these.
        wide = pool.adding(signals={"vectors and groups": joined})
        chosen = FacilityLocation(signal="vectors and groups").select(wide, budget, seed)
        return dataclasses.replace(chosen, method=self.card.name, pool=pool)


def _joined(
    vectors: NDArray[Any], codes: NDArray[np.int64], groups: int, separation: float, memory: int
) -> NDArray[Any]:
    """Put one coordinate a group beside each row."""
    kind = np.float64 if vectors.dtype == np.float64 else np.float32
    width = vectors.shape[1]
    wide = scratch((len(vectors), width + groups), kind, memory)
    center = mean_row(vectors)
    total = 0.0
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float64)
        wide[start : start + _BLOCK, :width] = block
        wide[start : start + _BLOCK, width:] = 0
        total += float(((block - center) ** 2).sum())
    # Two random rows are 2 s^2 apart, s^2 the mean squared distance to the center.
    wide[np.arange(len(wide)), width + codes] = np.sqrt(separation * total / max(1, len(vectors)))
    return wide
