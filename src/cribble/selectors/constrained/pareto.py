"""Pareto: rows that no other row beats on every one of several scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto:
    """Layer by layer of non-dominated rows, and within a layer the least crowded first.

    A row dominates another if it is as good by every score and better by one. The first layer is
    what no row dominates, the second what only rows of the first do, and so on: no weights between
    the scores are asked for, and their scales do not matter to the layers. Where a layer is too
    large for the budget, rows with much room between their neighbors in it come first, its ends
    before all. With more than four scores nearly every row is in the first layer.

    Args:
        signals: Names of pool signals, (n,) float, larger is better.
        smallest: Those of them of which smaller is better.

    Raises:
        ParameterError: ``signals`` is empty, or ``smallest`` names another.

    Source:
        Deb et al. (2002), NSGA-II, doi:10.1109/4235.996017; for choosing data, Lee et al. (2024),
        Parrot, arXiv:2401.05675.
    """

    card: ClassVar[Card] = Card(
        "pareto",
        family="constrained",
        needs=("quality", "difficulty"),
        cost="O(n log n) for two scores, O(n m log n) for more with layers of m rows",
        memory="O(n x scores)",
        guarantee="exact layers; no row is passed over for one that it dominates, kept rows "
        "aside (row budgets without quotas)",
        source="doi:10.1109/4235.996017",
        explains=("score",),
    )
    signals: tuple[str, ...] = ("quality", "difficulty")
    smallest: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.signals:
            raise ParameterError("signals", self.signals, "one or more names")
        if unknown := set(self.smallest) - set(self.signals):
            raise ParameterError("smallest", sorted(unknown), f"among {list(self.signals)}")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the foremost layers within the budget; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then by layer and room.
            scores: (n,) float64, minus the layer plus up to one half for the room.
            stats: ``layers`` in all; ``front``, rows of the first; ``deepest``, the layer of the
                last pick, from 0, or None without picks.

        Raises:
            SignalError: A score is missing, is not (n,) or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.dominance import crowding, dominance_layers

        admission = Admission(budget.resolve(pool))
        columns = [
            np.asarray(pool.signal(name, ndim=1), dtype=np.float64)
            * (-1.0 if name in self.smallest else 1.0)
            for name in self.signals
        ]
        points = np.column_stack(columns)
        layers = dominance_layers(points)
        room = crowding(points, layers)
        share = np.where(np.isinf(room), 1.0, room / (1.0 + np.where(np.isinf(room), 0.0, room)))
        scores = 0.5 * share - layers
        indices = admission.add_in_order(np.argsort(-scores, kind="stable"))
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={
                "layers": int(layers.max(initial=-1)) + 1,
                "front": int((layers == 0).sum()),
                "deepest": int(layers[indices].max()) if len(indices) else None,
            },
            pool=pool,
        )
