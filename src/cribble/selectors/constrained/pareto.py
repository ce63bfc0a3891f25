"""Pareto: rows that no other row beats on every one of several scores."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.optimizers.base import lazy_best

CUTS = ("crowding", "hypervolume")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto:
    """Layer by layer of non-dominated rows, and within a layer the least crowded first.

    A row dominates another if it is as good by every score and better by one. The first layer is
    what no row dominates, the second what only rows of the first do, and so on: no weights between
    the scores are asked for, and their scales do not matter. Where a layer is too large for the
    budget, rows with much room between their neighbors in it come first, its ends before all; or
    greedily the rows that together leave least of the scores' space above them. With more than
    four scores nearly every row is in the first layer, if small differences count (``step``).

    Args:
        signals: Names of pool signals, (n,) float, larger is better.
        smallest: Those of them of which smaller is better.
        cut: How a layer too large for the budget is cut: "crowding", or "hypervolume", the
            volume between the picks of the layer and the worst of every score.
        floor: Share of the rows, in [0, 1), that each score rules out: rows below its quantile
            come after all others, so that one noisy score alone takes no row to the front.
        step: Share of each score's range, in [0, 1): scores are rounded down to whole steps before
            they are compared (epsilon-dominance), so that no row is ahead by less. 0 compares the
            scores themselves.

    Raises:
        ParameterError: ``signals`` is empty, ``smallest`` names another, or another parameter is
            outside what it may be.

    Source:
        Deb et al. (2002), NSGA-II, doi:10.1109/4235.996017; steps, Laumanns et al. (2002),
        doi:10.1162/106365602760234108; for choosing data, Lee et al. (2024), arXiv:2401.05675.
    """

    card: ClassVar[Card] = Card(
        "pareto",
        family="constrained",
        needs=("quality", "difficulty"),
        cost="O(n log n) for two scores, O(n m log n) for more with layers of m rows",
        memory="O(n x scores)",
        row_bytes=390,
        guarantee="exact layers; no row is passed over for one that it dominates by a step, kept "
        "rows aside; a layer cut by hypervolume has 1 - 1/e of the best (row budgets, no quotas)",
        source="doi:10.1109/4235.996017",
        explains=("score",),
    )
    signals: tuple[str, ...] = ("quality", "difficulty")
    smallest: tuple[str, ...] = ()
    cut: str = "crowding"
    floor: float = 0.0
    step: float = 0.0

    def __post_init__(self) -> None:
        if not self.signals:
            raise ParameterError("signals", self.signals, "one or more names")
        if unknown := set(self.smallest) - set(self.signals):
            raise ParameterError("smallest", sorted(unknown), f"among {list(self.signals)}")
        if self.cut not in CUTS:
            raise ParameterError("cut", self.cut, " or ".join(CUTS))
        for name in ("floor", "step"):
            if not 0 <= getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "in [0, 1)")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the foremost layers within the budget; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then by layer and room.
            scores: (n,) float64, minus the layer plus up to one half for the room.
            stats: ``layers`` in all; ``front``, rows of the first; ``deepest``, the deepest layer
                of a pick, from 0, or None without picks; ``below``, rows below a floor.

        Raises:
            SignalError: A score is missing, is not (n,) or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.dominance import crowding, dominance_layers

        limits = budget.resolve(pool)
        columns = [
            np.asarray(pool.signal(name, ndim=1), dtype=np.float64)
            * (-1.0 if name in self.smallest else 1.0)
            for name in self.signals
        ]
        points = np.column_stack(columns)
        below: NDArray[np.bool_] = np.zeros(len(points), dtype=bool)
        if self.floor and len(points):
            below |= (points < np.quantile(points, self.floor, axis=0)).any(axis=1)
        compared = _in_steps(points, self.step)
        layers = np.empty(len(points), dtype=np.int64)
        layers[~below] = dominance_layers(compared[~below])
        layers[below] = dominance_layers(compared[below]) + layers[~below].max(initial=-1) + 1
        room = crowding(points, layers)
        share = np.where(np.isinf(room), 1.0, room / (1.0 + np.where(np.isinf(room), 0.0, room)))
        scores = 0.5 * share - layers
        order = np.argsort(-scores, kind="stable")
        indices = Admission(limits).add_in_order(order)
        if self.cut == "hypervolume":
            indices = _cut_by_volume(points, layers, order, indices, limits)
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={
                "layers": int(layers.max(initial=-1)) + 1,
                "front": int((layers == 0).sum()),
                "deepest": int(layers[indices].max()) if len(indices) else None,
                "below": int(below.sum()),
            },
            pool=pool,
        )


def _in_steps(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Round every column down to whole steps, a step being a share of its range."""
    if not step or not len(points):
        return points
    low = points.min(axis=0)
    width = step * (points.max(axis=0) - low)
    # A hair more, since a score on the line between two steps belongs above it.
    steps = np.divide(points - low, width, out=np.zeros_like(points), where=width > 0)
    floors: NDArray[np.float64] = np.floor(steps * (1 + 1e-12))
    return floors


def _cut_by_volume(
    points: NDArray[np.float64],
    layers: NDArray[np.int64],
    order: NDArray[np.int64],
    indices: NDArray[np.int64],
    limits: Limits,
) -> NDArray[np.int64]:
    """Cut greedily by hypervolume where the limits do not let a whole layer in.

    Args:
        points: (n, c) scores, larger is better.
        layers: (n,) layer of each row.
        order: (n,) rows by layer.
        indices: The picks in this order, which tell where the first layer is cut.
        limits: What the picks must hold.
    """
    from cribble.objectives.hypervolume import Hypervolume

    left = ~limits.excluded
    left[indices] = False
    if not left.any():
        return indices
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = np.divide(points - low, high - low, out=np.ones_like(points), where=high > low)
    admission = Admission(limits)
    first = layers[left].min()
    admission.add_in_order(order[layers[order] < first])
    starts = np.searchsorted(layers[order], np.arange(first, layers.max() + 2))
    for start, stop in pairwise(starts.tolist()):
        if admission.done:
            break
        rows = np.sort(order[start:stop])
        objective = Hypervolume(scaled[rows])
        for at in np.nonzero(np.isin(rows, limits.keep))[0].tolist():
            objective.add(at)
        bounds, ones = objective.bounds(), np.ones(len(rows))
        while len(free := np.nonzero(admission.admitted(rows))[0]):
            at, _, _ = lazy_best(objective, free, bounds, ones)
            admission.add(int(rows[at]))
            objective.add(at)
    return np.asarray(admission.picks, dtype=np.int64)
