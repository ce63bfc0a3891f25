"""DPP MAP: rows that span a large volume, and are good if a quality is weighed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.objectives import Objective
from cribble.objectives.facility_location import Affinity
from cribble.objectives.log_determinant import LogDeterminant, WindowedLogDeterminant
from cribble.objectives.mixture import Mixture
from cribble.objectives.modular import Modular, scaled_scores
from cribble.optimizers.knapsack import maximize


@dataclass(frozen=True, slots=True, kw_only=True)
class DppMap:
    """Greedy search for the most likely set of a determinantal point process.

    Each pick is the row of which most is left once the span of the picks is taken out, so near
    duplicates are never picked together while anything else is there. The objective is
    (1 - theta) log det(I + L / ridge) + theta * the sum of the qualities, with L the cosine
    kernel of the picks and the quality scaled to [0, 1]: the greedy order of log det(L), as far
    as the ridge is small beside what is left. Once the picks span the space (d rows at most), it
    goes on in the directions that few picks share, where the plain form would have to stop.

    For a list that is read a screen at a time, and for lists longer than d, ``window`` takes each
    pick beside the last window - 1 picks alone: rows like those before them may come again. Such
    picks maximize no function of a set, so that nothing is promised of them, and no bound is given.

    Args:
        signal: Name of a pool signal, (n, d) float.
        quality: Name of a pool signal, (n,) float, larger is better; read where theta is above 0.
        theta: Weight of the quality, at least 0 and below 1.
        ridge: Above 0; 1e-6 of a row's squared length by default.
        window: Picks that count at a time, 2 or more; None for all.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Chen, Zhang and Zhou (2018), arXiv:1709.05135. The factored form and the ridge are ours.
    """

    card: ClassVar[Card] = Card(
        "dpp-map",
        family="diversity",
        needs=("embedding",),
        cost="O(n d k) at most, with a window w O((n d + w^3) k)",
        memory="O((n + k) d)",
        row_bytes=110,
        guarantee="at least 1 - 1/e of the best log det(I + L / ridge) under a row budget; "
        "none with a window",
        source="arXiv:1709.05135",
        explains=("gain",),
    )
    signal: str = "embedding"
    quality: str = "quality"
    theta: float = 0.0
    ridge: float = 1e-6
    window: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.theta < 1:
            raise ParameterError("theta", self.theta, "at least 0 and below 1")
        if not self.ridge > 0:
            raise ParameterError("ridge", self.ridge, "above 0")
        if self.window is not None and self.window < 2:
            raise ParameterError("window", self.window, "2 or more, or none")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that span a large volume; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The objective; with a window the sum of the gains, the value of no set.
            upper_bound: What no set within the budget exceeds; None with a window.
            stats: ``rank`` of the picks, ``log_det`` of their cosine kernel (None where the rank
                is lower than their number) and ``evaluations``.

        Raises:
            SignalError: A signal is missing, malformed or not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        points = Affinity.of(
            pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4)
        ).points
        scores = np.zeros(len(pool))
        if self.theta > 0:
            scores = scaled_scores(pool.signal(self.quality, ndim=1))
        # Zero rows aside, all lengths are 1: the first pick must not hang on their rounding.
        squares = np.any(points != 0, axis=1).astype(np.float64)
        volume: Objective = (
            LogDeterminant(points, self.ridge, squares)
            if self.window is None
            else WindowedLogDeterminant(points, self.ridge, self.window, squares)
        )
        run = maximize(Mixture((Modular(scores), volume), (self.theta, 1 - self.theta)), limits)
        rank, log_det = _volume(points[run.indices])
        return Selection(
            indices=run.indices,
            method="dpp-map",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            stats={"rank": rank, "log_det": log_det, "evaluations": run.evaluations},
            pool=pool,
        )


def _volume(picks: NDArray[Any]) -> tuple[int, float | None]:
    """Rank of some rows, and the log-determinant of their products where it is full."""
    volume = LogDeterminant(picks)
    for row in range(len(picks)):
        volume.add(row)
    return volume.rank, volume.value if volume.rank == len(picks) else None
