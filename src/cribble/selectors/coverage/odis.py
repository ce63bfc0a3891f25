"""ODiS: make correlated quality scores independent, and take the best by each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError, SignalError

_BLOCK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Odis:
    """Orthogonal diversity-aware selection: the tops of decorrelated scores, in turn.

    The scores are standardized and turned into principal components, each pointed so that it
    grows with the mean score. The components then take turns, each picking its best row that is
    not picked yet. A component is a direction of variance, not of value: look at what the picks
    of each have in common, and leave scores out that only measure length.

    Where only some rows were scored, which is what costly scores allow, components are made of
    those, and a ridge regression of each on ``features`` scores all rows. Its predictions are less
    extreme than the truth, and worth what ``stats["r2"]`` says.

    Args:
        signals: Names of pool signals, (n,) or (n, p) numbers, large is good.
        components: Number of components, at most as many as there are scores that vary; the
            source found no gain beyond 4.
        scored: Name of a pool signal, (n,), not 0 for rows that were scored; what ``signals`` hold
            for other rows is not looked at. None if all rows were.
        features: Name of a pool signal, (n, d) float, from which the others' components are
            predicted.

    Raises:
        ParameterError: ``signals`` is empty or ``components`` is not positive.

    Source:
        Learning from the Best, Differently (2025), arXiv:2510.18909. It fine-tunes a language
        model as the regressor of each component.
    """

    card: ClassVar[Card] = Card(
        "odis",
        family="coverage",
        needs=("quality", "difficulty"),
        cost="O(n p^2 + n log n) for p scores",
        memory="O(n p)",
        row_bytes=140,
        source="arXiv:2510.18909",
        explains=("score",),
    )
    signals: tuple[str, ...] = ("quality", "difficulty")
    components: int = 4
    scored: str | None = None
    features: str = "embedding"

    def __post_init__(self) -> None:
        if not self.signals:
            raise ParameterError("signals", self.signals, "the names of one or more scores")
        if self.components < 1:
            raise ParameterError("components", self.components, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the best rows by each component in turn within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones in the order of the turns.
            scores: (n,) float64, minus the best rank of each row in any component.
            reasons: Which component each pick is best by.
            stats: ``explained``, the share of variance of each component; ``overlap``, the mean
                share that the tops of two components have in common at k / components rows each;
                ``chance``, what independent scores would have; ``r2``, the share of each
                component's variance that is predicted of scored rows left out (None without
                ``scored``).

        Raises:
            SignalError: A signal is missing or is not finite everywhere, or fewer than two rows
                were scored.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        columns = [np.asarray(pool.signal(name), dtype=np.float64) for name in self.signals]
        Z = np.column_stack(columns)
        parts, explained, r2 = self._scores(pool, Z)
        ranks = np.empty(parts.shape, dtype=np.int64)
        for part in range(parts.shape[1]):
            order = np.argsort(-parts[:, part], kind="stable")
            ranks[order, part] = np.arange(len(pool))
        best = ranks.min(axis=1, initial=len(pool))
        by = ranks.argmin(axis=1) if parts.shape[1] else np.zeros(len(pool), dtype=np.int64)
        # A row's turn comes when the first component reaches it; then components are in order.
        indices = Admission(limits).add_in_order(np.lexsort((by, best)))
        quota = len(indices) // max(1, parts.shape[1])
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=-best.astype(np.float64),
            reasons=[
                f"it is number {best[row] + 1:,} by component {by[row] + 1}" for row in indices
            ],
            stats={
                "explained": explained.tolist(),
                "overlap": _overlap(ranks, quota),
                "chance": quota / max(1, len(pool)),
                "r2": r2,
            },
            pool=pool,
        )

    def _scores(
        self, pool: Pool, Z: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], list[float] | None]:
        """The components of all rows, the variance that they explain, and how well predicted."""
        if self.scored is None:
            return *_components(Z, self.components), None
        from cribble.kernels.projection import row_products
        from cribble.kernels.ridge import ridge
        from cribble.kernels.widening import wide_rows

        known = np.flatnonzero(pool.signal(self.scored, ndim=1))
        if len(known) < 2:
            raise SignalError(self.scored, f"it marks {len(known)} rows", "score two rows or more")
        X = pool.signal(self.features, ndim=2)
        parts, explained = _components(Z[known], self.components)
        fit, told = ridge(X[known], parts), np.empty((len(pool), parts.shape[1]))
        for start in range(0, len(pool), _BLOCK):
            block = wide_rows(X[start : start + _BLOCK])
            for place, slope in enumerate(fit.slopes.T):
                found = row_products(block, np.arange(len(block)), slope)
                told[start : start + _BLOCK, place] = found + fit.offsets[place]
        return np.round(told, 12), explained, fit.r2.tolist()


def _components(Z: NDArray[Any], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project standardized scores on their first principal axes; ties are rounded away."""
    spread = Z.std(axis=0) if len(Z) else np.zeros(Z.shape[1])
    Z = (Z - Z.mean(axis=0))[:, spread > 0] / spread[spread > 0] if len(Z) else Z[:, :0]
    values, axes = np.linalg.eigh(Z.T @ Z / max(1, len(Z)))
    used = np.argsort(-values, kind="stable")[:count]
    used = used[values[used] > 1e-12]
    parts = Z @ axes[:, used]
    agrees = parts.T @ Z.sum(axis=1)
    parts *= np.where(agrees < 0, -1.0, 1.0)
    return np.round(parts, 12), values[used] / max(values.sum(), 1e-300)


def _overlap(ranks: NDArray[np.int64], quota: int) -> float | None:
    """Mean share that two components' tops have in common; None where there is no pair."""
    tops = (ranks < quota).astype(np.float64)
    pairs = tops.shape[1] * (tops.shape[1] - 1)
    if not pairs or not quota:
        return None
    shared = tops.T @ tops / quota
    return float((shared.sum() - np.trace(shared)) / pairs)
