"""Vendi: grow the set whose rows count as the most different ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError

# Scores that differ by less are equal; the lowest row wins.
_TIE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendi:
    """Greedy search for a set of large Vendi score: its effective number of different rows.

    The score is the exponential of the entropy of the eigenvalue shares of the picks' cosine
    kernel; 1 for like rows, k for k orthogonal ones. At order 2 it is k^2 over the sum of the
    squared cosines, so a step is one product with the pool and the picks are those of greedy. At
    other orders a step tries the ``candidates`` rows that order 2 would take first, by their
    eigenvalues. The score is neither monotone nor submodular, and nothing is proved of the set.
    The first pick is the lowest row: one row alone has a score of 1.

    Args:
        signal: Name of a pool signal, (n, d) float. Center it first where all cosines are large.
        order: Of the entropy, above 0; larger ones count common kinds alone; inf is allowed.
        candidates: Rows tried in a step, where the order is not 2; more are slower and nearer to
            greedy.

    Raises:
        ParameterError: A parameter lies outside what it may be.

    Source:
        Friedman and Dieng (2022), arXiv:2210.02410; orders: Pasarkar and Dieng (2023),
        arXiv:2310.12952. Both measure sets; the search is ours.
    """

    card: ClassVar[Card] = Card(
        "vendi",
        family="diversity",
        needs=("embedding",),
        cost="O(n d k), and O(candidates k min(k, d)^3) where the order is not 2",
        memory="O(n d + candidates min(k, d)^2)",
        row_bytes=110,
        source="arXiv:2310.12952",
        explains=("gain",),
    )
    signal: str = "embedding"
    order: float = 1.0
    candidates: int = 16

    def __post_init__(self) -> None:
        if not self.order > 0:
            raise ParameterError("order", self.order, "above 0")
        if self.candidates < 1:
            raise ParameterError("candidates", self.candidates, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of a large Vendi score; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the score; it can be negative.
            value: The Vendi score of the picks; 0 without picks.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.objectives.facility_location import Affinity

        limits = budget.resolve(pool)
        points = Affinity.of(
            pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4)
        ).points
        admission = Admission(limits)
        state = _State(points, self.order)
        scores = [state.add(row) for row in admission.picks]
        while (open_ := np.nonzero(admission.open_rows())[0]).size and not admission.full:
            row = state.best(open_, 1 if self.order == 2 else self.candidates)
            admission.add(row)
            scores.append(state.add(row))
        return Selection(
            indices=np.asarray(admission.picks, dtype=np.int64),
            method=self.card.name,
            seed=seed,
            gains=np.diff(scores, prepend=0.0),
            value=scores[-1] if scores else 0.0,
            pool=pool,
        )


class _State:
    """The picks so far, and for each row the sum of its squared cosines to them."""

    def __init__(self, points: NDArray[np.float32], order: float) -> None:
        self._points, self._order = points, order
        # A row of zeros is like no pick, and yet adds nothing to the set.
        self._crowd = np.where(points.any(axis=1), 0.0, np.inf)
        self._picks: list[int] = []
        self._moment = np.zeros((points.shape[1], points.shape[1]))
        self._squares = 0.0

    def add(self, row: int) -> float:
        """Add a row; returns the Vendi score."""
        from cribble.kernels.projection import row_products

        own = self._points[row].astype(np.float64)
        products = row_products(self._points, np.arange(len(self._points)), own)
        crowd = 0.0 if np.isinf(self._crowd[row]) else self._crowd[row]
        self._squares += 2 * crowd + products[row] ** 2
        self._crowd += products**2
        self._moment += np.outer(own, own)
        self._picks.append(row)
        if self._order == 2:
            total = float(np.trace(self._moment))
            return total**2 / self._squares if self._squares > 0 else 1.0
        return float(self._score(np.zeros((1, 0), dtype=np.int64))[0])

    def best(self, rows: NDArray[np.int64], candidates: int) -> int:
        """The row that adds most, among the least crowded ones; the lowest among equals."""
        crowd = self._crowd[rows]
        if candidates == 1 or not self._picks or len(rows) == 1:
            return int(rows[crowd.argmin()])
        some = rows[np.argsort(crowd, kind="stable")[:candidates]]
        scores = self._score(some[:, None])
        return int(some[scores >= scores.max() * (1 - _TIE)].min())

    def _score(self, more: NDArray[np.int64]) -> NDArray[np.float64]:
        """Scores of the picks with each line of rows, (c, m), added."""
        from cribble.kernels.spectra import effective_numbers

        matrices: NDArray[Any]
        if len(self._picks) + more.shape[1] > self._points.shape[1]:
            added = self._points[more].astype(np.float64)
            matrices = self._moment + np.swapaxes(added, 1, 2) @ added
        else:
            own = np.tile(np.asarray(self._picks, dtype=np.int64), (len(more), 1))
            rows = self._points[np.concatenate([own, more], axis=1)].astype(np.float64)
            matrices = rows @ np.swapaxes(rows, 1, 2)
        return effective_numbers(matrices, self._order)
