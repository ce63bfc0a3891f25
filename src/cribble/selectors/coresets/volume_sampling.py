"""Volume sampling: few rows whose least-squares fit is right on average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.constraints.drawing import affordable_rows
from cribble.core import Budget, Card, Pool, Selection, row_uniforms, stream
from cribble.core.errors import ParameterError

RESTS = ("uniform", "leverage", "repeated")
# Draws a row asked at most: where few rows hold nearly all leverage, the others come by rank.
_DRAWS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSampling:
    """Rows drawn by the volume they span, weighted for least squares.

    The first rows, as many as the signal has independent columns, come from the projection DPP of
    the columns: by the squared volume they span, each with its leverage as chance, and never
    without full rank. The others come by ``rest``. With "uniform", a set S comes in proportion to
    det(X_S' X_S), and unweighted least squares on it is an unbiased estimate of that on the pool,
    whatever the labels. With "leverage" or "repeated", rows of high leverage keep coming, which
    steadies the fit; each row weighs how often it was drawn over how often it was to be expected,
    and that fit is unbiased but for what repeats do: drawing stops once enough different rows are
    there. Add a column of ones to the signal where the model has an intercept.

    Kept rows weigh 1, stand for themselves alone and are not part of the draw. Rows that only
    fill the budget because nothing else is left to draw weigh 0: the fit does not need them.

    Args:
        signal: Name of a pool signal, (n, d) float, the design matrix.
        rest: How the rows beyond the first come: "uniform", without replacement; "leverage",
            independently by leverage (volume-rescaled sampling); "repeated", from more projection
            DPPs.

    Raises:
        ParameterError: ``rest`` is none of these.

    Source:
        Nouy and Michel (2023), arXiv:2312.14057; Derezinski, Warmuth and Hsu (2018),
        arXiv:1802.06749; "uniform": Derezinski and Warmuth (2017), arXiv:1705.06908.
    """

    card: ClassVar[Card] = Card(
        "volume-sampling",
        family="coresets",
        needs=("embedding",),
        cost="O(n d^2 + k d^2 log d)",
        memory="O(n + d^2)",
        row_bytes=110,
        guarantee="an unbiased fit with rest=uniform; O(d log d + d / eps) rows give a squared "
        "error within 1 + eps of the least with rest=leverage (row budgets without kept rows or "
        "quotas)",
        source="arXiv:2312.14057",
        explains=("score",),
    )
    signal: str = "embedding"
    rest: str = "leverage"

    def __post_init__(self) -> None:
        if self.rest not in RESTS:
            raise ParameterError("rest", self.rest, " or ".join(RESTS))

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first, then in the order of the draw.
            weights: (k,) float64, what each squared error is multiplied by.
            scores: (n,) float64 leverage among the rows that are neither kept nor dropped.
            stats: ``rank``; ``draws``, repeats included; ``unweighted``, rows of weight 0.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.determinantal import orthonormal_axes

        limits = budget.resolve(pool)
        x = pool.signal(self.signal, ndim=2)
        admission = Admission(limits)
        kept = len(admission.picks)
        free = ~admission.blocked
        size = max(0, affordable_rows(limits) - kept)
        random = stream(seed, self.card.name)
        ones = free.astype(np.float64)
        draw = _Draw(x, ones, orthonormal_axes(x, ones))
        if self.rest == "uniform":
            draw.process(admission, random, min(size, draw.rank))
            first = len(admission.picks)
            order = np.argsort(row_uniforms(seed, "volume-sampling", 0, len(pool)), kind="stable")
            indices = admission.add_in_order(order)
            share = free.sum() / max(1, len(indices) - kept)
            weights = np.full(len(indices), share)
            draw.times[indices[first:]] = 1
        else:
            while admission.admitted(np.nonzero(draw.leverage)[0]).any():
                if len(admission.picks) - kept >= size or draw.draws > _DRAWS * size:
                    break
                if self.rest == "repeated" or draw.draws == 0:
                    draw.process(admission, random, size)
                else:
                    draw.singles(admission, random, size + kept)
            indices = admission.add_in_order(np.argsort(-draw.leverage, kind="stable"))
            weights = draw.weights(indices)
        weights[:kept] = 1.0
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            weights=weights,
            scores=draw.leverage,
            stats={
                "rank": draw.rank,
                "draws": int(draw.times.sum()),
                "unweighted": int((weights == 0).sum()),
            },
            pool=pool,
        )


class _Draw:
    """A sequence of draws of which every single one has the leverages as chances.

    Attributes:
        leverage: (n,) float64.
        rank: Their sum.
        draws: Number of draws so far.
        times: (n,) int64, how often each row came; draws that a limit refused are not in it.
    """

    def __init__(
        self, x: NDArray[Any], scale: NDArray[np.float64], axes: NDArray[np.float64]
    ) -> None:
        from cribble.kernels.determinantal import Projection

        self._process = Projection(x, scale, axes)
        self.leverage = np.clip(self._process.lengths, 0.0, 1.0)
        self.rank, self.draws = axes.shape[1], 0
        self.times = np.zeros(len(x), dtype=np.int64)

    def process(self, admission: Admission, random: np.random.Generator, size: int) -> None:
        """Draw from one projection DPP until it or the budget ends, picked rows again or not."""
        self._process.reset()
        every = np.ones(len(self.times), dtype=np.bool_)
        while self._process.left and int((self.times > 0).sum()) < size and not admission.done:
            row = self._process.draw(random, lambda rows: every[rows])
            if row < 0:
                break
            self._process.add(row)
            self._count(admission, row)

    def singles(self, admission: Admission, random: np.random.Generator, size: int) -> None:
        """Draw rows one by one until ``size`` are picked, for as many draws as that at most."""
        ticks = np.cumsum(self.leverage)
        found = np.searchsorted(ticks, random.random(size) * ticks[-1], "right")
        for row in np.minimum(found, len(ticks) - 1).tolist():
            if len(admission.picks) >= size or admission.done:
                break
            self._count(admission, row)

    def _count(self, admission: Admission, row: int) -> None:
        self.draws += 1
        if self.times[row] == 0 and not admission.admits(row):
            return
        if self.times[row] == 0:
            admission.add(row)
        self.times[row] += 1

    def weights(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How often each row came over how often it was to be expected; 0 where it never came."""
        expected = self.draws * self.leverage[rows] / max(1, self.rank)
        weights: NDArray[np.float64] = np.divide(
            self.times[rows], expected, out=np.zeros(len(rows)), where=expected > 0
        )
        return weights
