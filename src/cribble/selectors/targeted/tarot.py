"""TAROT: nearest rows in whitened coordinates, layer by layer, and as many as transport asks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.layers import nearest_layers
from cribble.kernels.topk import blocked_top
from cribble.selectors.targeted.automatic_size import (
    AutomaticSize,
    Transporting,
    grown,
    whitened_rows,
)

_FIRST_DEPTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Tarot:
    """Targeted selection by optimal transport, over whitened features.

    Pool and targets are whitened by their joint covariance, so that no direction counts more for
    being long, and scaled to length 1. Layer by layer, each target row then adds its next nearest
    row. In a layer that the budget may cut, those rows come first where more mass lowers the
    transport distance to the target the most. With fewer rows than dimensions every row becomes
    equally far from every other: raise ``ridge``, or use fewer dimensions.

    ``automatic`` asks how many rows the target wants: for each held-out fold of target rows,
    neighbors join until the transport distance to the other folds stops falling. The rows found
    come before all others, and ``stats`` tells how many there are; the budget still holds, to the
    row. The features of the paper are projected gradients; any signal serves.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float.
        automatic: Whether to find the automatic size.
        ridge: Added to every variance, as a share of the mean variance; None not to whiten.
        folds: Parts of the target, of which one at a time is held out.
        neighbors: Layers, at most; rows beyond come by their largest cosine to any target row.
        epsilon: Strength of the entropy term, as a share of the distance of orthogonal rows.
        iterations: Of each transport problem, at most.
        tolerance: When these stop, in the unit of ``epsilon``.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Feng et al. (2025), TAROT, arXiv:2412.00420.
    """

    card: ClassVar[Card] = Card(
        "tarot",
        family="targeted",
        needs=("embedding", "target"),
        cost="O(n d^2 + n q d)",
        memory="O(n + q d + d^2)",
        row_bytes=110,
        source="arXiv:2412.00420",
    )
    signal: str = "embedding"
    automatic: bool = False
    ridge: float | None = 1e-5
    folds: int = 10
    neighbors: int = 2000
    epsilon: float = 0.02
    iterations: int = 100
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        for name in ("ridge", "epsilon", "tolerance"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise ParameterError(name, value, "above 0")
        for name in ("folds", "neighbors", "iterations"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows nearest to the target; ``seed`` decides the folds.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then the automatic ones, then the
                others, each by layer.
            stats: ``layers`` that were used; with ``automatic`` also ``automatic_rows``, and for
                each fold ``automatic_neighbors`` and ``automatic_curves``, the transport distance
                by number of neighbors.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: The signal is missing, is not (n, d) or not finite, or pool and target
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        dropped, memory = admission.limits.excluded, pool.memory // 4
        rows, aims = whitened_rows(pool, self.signal, self.ridge)
        solver = Transporting(self.epsilon, self.iterations, self.tolerance)
        stats: dict[str, Any] = {}
        if self.automatic:
            size = (self.folds, self.neighbors, solver, seed, memory)
            found = grown(rows, aims, dropped, *size)
            stats = _told(found)
            others = np.ones(len(pool), dtype=np.bool_)
            others[found.rows] = False
            self._add_layers(admission, rows, aims, others | dropped, solver, memory)
        stats["layers"] = self._add_layers(admission, rows, aims, dropped, solver, memory)
        _add_nearest(admission, rows, aims, memory)
        return Selection(
            indices=np.asarray(admission.picks, dtype=np.int64),
            method="tarot",
            seed=seed,
            stats=stats,
            pool=pool,
        )

    def _add_layers(
        self,
        admission: Admission,
        rows: Any,
        aims: NDArray[np.float32],
        blocked: NDArray[np.bool_],
        solver: Transporting,
        memory: int,
    ) -> int:
        """Add layer after layer of the rows that are not blocked; returns the last one used."""
        limits, most = admission.limits, min(self.neighbors, int((~blocked).sum()))
        depth = min(most, max(_FIRST_DEPTH, -(-4 * limits.most_rows // len(aims))))
        searched = used = 0
        while searched < most and not admission.done:
            layers = nearest_layers(aims, rows, depth, blocked, memory)
            order = np.argsort(layers, kind="stable")
            ends = np.searchsorted(layers[order], np.arange(searched + 1, depth + 2))
            for number, (first, last) in enumerate(pairwise(ends), searched + 1):
                layer = order[first:last]
                layer = layer[[admission.admits(row) for row in layer]]
                if len(layer):
                    used = number
                    admission.add_in_order(self._ranked(layer, admission, rows, aims, solver))
            searched, depth = depth, min(most, 2 * depth)
        return used

    def _ranked(
        self,
        layer: NDArray[np.int64],
        admission: Admission,
        rows: Any,
        aims: NDArray[np.float32],
        solver: Transporting,
    ) -> NDArray[np.int64]:
        """Put first whose mass lowers the distance the most; only a layer that may be cut asks."""
        limits = admission.limits
        fits = limits.plain and len(layer) <= limits.most_rows - len(admission.picks)
        if fits or len(layer) == 1:
            return layer
        return layer[np.argsort(solver.potential(rows[layer], aims), kind="stable")]


def _add_nearest(admission: Admission, rows: Any, aims: NDArray[np.float32], memory: int) -> None:
    """Fill up with the rows of the largest cosine to any target row."""
    left = admission.open_rows()
    if admission.done or not left.any():
        return
    one = np.array([0, len(aims)])
    near = blocked_top(aims, rows, int(left.sum()), starts=one, blocked=~left, memory=memory)
    admission.add_in_order(near.rows[0])


def _told(found: AutomaticSize) -> dict[str, Any]:
    return {
        "automatic_rows": len(found.rows),
        "automatic_neighbors": found.neighbors,
        "automatic_curves": found.curves,
    }
