"""AutoCoreset: a weighted sample for any loss that can be computed, with no theory of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.drawing import Drawn, check_clip, draw_weighted, shuffled
from cribble.core import Budget, Card, Limits, Pool, Selection, stream
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.distances import squared_distances
from cribble.kernels.scratch import working_rows

Fit = Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.float64]]
# Rows that the default loss takes as centers.
_CENTERS = 10
# The least chance of a row, in multiples of the mean.
_FLOOR = 1e-2


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoCoreset:
    """Rows drawn by their losses under models that were fitted to earlier draws.

    A few models are fitted to uniform draws, and each gives all rows a loss. A row's chance is in
    proportion to the length of its vector of losses, each in multiples of its mean: then the
    weighted sum of every one of these losses is estimated well. A model fitted to the draw gives
    another loss, and so on, until the model is no longer better on the pool. The draw of the best
    model is the answer. Any one draw is unbiased for any loss; the best of several need not be.

    Args:
        signal: Name of a pool signal, (n, d) float, which the default loss reads.
        loss: A function that fits a model to rows, (c,) int64, with weights, (c,) float64, and
            returns its loss of 0 or more on every row of the pool, (n,); or the name of a pool
            signal, (n, q), of the losses under q models, from which one draw is made. None takes
            as model ten of the rows, drawn by weight, and as loss the squared distance to the
            nearest of them.
        start: Number of models fitted to uniform draws.
        patience: Draws without a better model before it stops.
        clip: Largest weight, in multiples of the mean; None for no limit. A clipped estimate is
            biased.

    Raises:
        ParameterError: ``start`` or ``patience`` is not positive, or ``clip`` is below 1.

    Source:
        Maalouf, Tukan, Braverman and Rus (2023), arXiv:2305.11980, by importance sampling.
        Scaling losses by their means and a least chance of a hundredth of the mean are our own.
    """

    card: ClassVar[Card] = Card(
        "auto-coreset",
        family="coresets",
        needs=("embedding",),
        cost="O(n q) and a fit and a pass of losses for each of q models",
        memory="O(n q)",
        row_bytes=110,
        guarantee="the weighted sum of any loss of a draw is unbiased (row budgets, no quotas)",
        source="arXiv:2305.11980",
        explains=("score",),
    )
    signal: str = "embedding"
    loss: str | Fit | None = None
    start: int = 3
    patience: int = 5
    clip: float | None = None

    def __post_init__(self) -> None:
        for name in ("start", "patience"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            weights: (k,) float64, the inverse chance of each; 1 for kept rows.
            scores: (n,) float64, what chances are in proportion to; their mean is 1.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``; ``models``, how
                many losses there were; ``mean_loss``, that of the best model on the pool, and
                ``uniform_loss``, that of the best of uniform draws (None for a signal).

        Raises:
            SignalError: A signal is missing, has a wrong shape or is not finite everywhere, or a
                loss is negative.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        if isinstance(self.loss, str):
            given = np.asarray(pool.signal(self.loss, ndim=2), dtype=np.float64)
            columns = [_checked(column, len(pool)) for column in given.T]
            sizes = _sizes(columns, len(pool))
            drawn, found = self._draw(limits, sizes, seed, 0), (None, None)
        else:
            fit = self.loss or _nearest_drawn(
                working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4)), seed
            )
            drawn, sizes, columns, found = self._search(limits, fit, len(pool), seed)
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=drawn.weights,
            scores=sizes,
            stats={
                **drawn.stats,
                "models": len(columns),
                "mean_loss": found[0],
                "uniform_loss": found[1],
            },
            pool=pool,
        )

    def _search(self, limits: Limits, fit: Fit, n: int, seed: int) -> tuple[Drawn, Any, Any, Any]:
        """Draw, fit and draw anew; the draw whose model has the least loss on the pool."""
        columns: list[NDArray[np.float64]] = []
        best: tuple[float, Drawn, NDArray[np.float64]] | None = None
        uniform, idle, turn = np.inf, 0, 0
        while idle < self.patience:
            sizes = _sizes(columns if turn >= self.start else [], n)
            drawn = self._draw(limits, sizes, seed, turn)
            if not len(drawn.indices):
                return drawn, sizes, columns, (None, None)
            columns.append(_checked(fit(drawn.indices, drawn.weights), n))
            mean = float(columns[-1].mean())
            turn += 1
            if turn <= self.start:
                uniform = min(uniform, mean)
                # Uniform draws only start the search; the first that knows losses is its first.
                continue
            if best is None or mean < best[0]:
                best, idle = (mean, drawn, sizes), 0
            else:
                idle += 1
        assert best is not None
        return best[1], best[2], columns, (best[0], uniform)

    def _draw(self, limits: Limits, sizes: NDArray[np.float64], seed: int, turn: int) -> Drawn:
        return draw_weighted(limits, sizes, shuffled(seed, f"{self.card.name} {turn}"), self.clip)


def _sizes(columns: list[NDArray[np.float64]], n: int) -> NDArray[np.float64]:
    """Lengths of the rows' vectors of losses, in multiples of the mean; 1 without losses."""
    squares = np.zeros(n)
    for column in columns:
        mean = column.mean() if n and column.any() else 1.0
        squares += (column / mean) ** 2
    lengths = np.sqrt(squares)
    if not lengths.any():
        return np.ones(n)
    lengths = np.maximum(lengths / lengths.mean(), _FLOOR)
    sizes: NDArray[np.float64] = lengths / lengths.mean()
    return sizes


def _checked(losses: NDArray[Any], n: int) -> NDArray[np.float64]:
    found = np.asarray(losses, dtype=np.float64)
    if found.shape != (n,):
        raise SignalError("loss", f"it has the shape {found.shape}", f"return one of {n:,} rows")
    if not (np.isfinite(found).all() and (found >= 0).all()):
        raise SignalError("loss", "one is negative or not finite", "hand over losses >= 0")
    return found


def _nearest_drawn(X: NDArray[Any], seed: int) -> Fit:
    """The default model: ten of the rows, drawn by weight."""
    random = stream(seed, "auto-coreset centers")

    def fit(rows: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        chosen = random.choice(rows, min(_CENTERS, len(rows)), p=weights / weights.sum())
        least = np.full(len(X), np.inf)
        for row in chosen:
            np.minimum(least, squared_distances(X, X[row].astype(np.float64)), out=least)
        return least

    return fit
