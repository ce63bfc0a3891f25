"""ProbCover: cover as many rows as can be by balls that are likely of one class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.cells import cells_of
from cribble.kernels.cluster_count import check_clusters, count_clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbCover:
    """Probability coverage: greedy maximum coverage by balls of one radius.

    The radius is the largest for which a share of the balls are pure: all of their rows are in
    one cluster of k-means, which stands for the unknown classes. Each pick covers the most rows
    that are not covered yet. Once all are, covering starts anew.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean, in its unit.
        clusters: Number of clusters; the source takes the number of classes; "auto" takes the
            number of best silhouette, "multicut" what a multicut of a sample gives, "mixture" what
            a mixture of Gaussians confirms.
        purity: Share of the balls that must be pure, in (0, 1].
        radius: The radius itself, in the unit of the signal; None finds it by purity.
        sample: Most rows that are covered and picked from; of a larger pool, random ones and the
            kept ones. Others are picked at random where the limits leave nothing else.

    Raises:
        ParameterError: A parameter lies outside what it may be.

    Source:
        Yehuda et al. (2022), arXiv:2205.11514.
    """

    card: ClassVar[Card] = Card(
        "prob-cover",
        family="coverage",
        needs=("embedding",),
        cost="O(m^2 d) for m rows of the sample, and again each time all are covered",
        memory="O(n + m d)",
        row_bytes=110,
        guarantee="at least 1 - 1/e of the coverage that any k balls of this radius reach over "
        "the sample (plain row budgets)",
        source="arXiv:2205.11514",
        explains=("gain",),
    )
    signal: str = "embedding"
    clusters: int | str = 10
    purity: float = 0.95
    radius: float | None = None
    sample: int = 20_000

    def __post_init__(self) -> None:
        check_clusters(self.clusters)
        if not 0 < self.purity <= 1:
            raise ParameterError("purity", self.purity, "in (0, 1]")
        if self.radius is not None and not self.radius > 0:
            raise ParameterError("radius", self.radius, "above 0")
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows whose balls cover the sample within the budget.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, rows that each pick was the first to cover.
            value: How many rows of the sample are covered.
            upper_bound: How many no set of its rows within the budget covers more of.
            stats: ``radius`` (None if infinite), ``covered``, a share of the ``sample`` rows.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.assignment import float_rows
        from cribble.kernels.balls import ball_sizes, cover_ball
        from cribble.optimizers.certificate import optimum_bound

        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        admission = Admission(limits)
        rows, others = self._split(limits, seed)
        x = float_rows(X[rows])
        square = self._square(x, seed)
        sizes = ball_sizes(x, square)
        uncovered, covered = sizes.copy(), np.zeros(len(rows), dtype=np.bool_)
        gains = [
            cover_ball(x, int(np.searchsorted(rows, row)), square, covered, uncovered, square)
            for row in admission.picks
        ]
        first = int(covered.sum())
        again, upper = False, np.inf

        def most() -> float:
            every = np.zeros(len(pool))
            every[rows] = uncovered
            return first + optimum_bound(every, limits)[0]

        while (open_ := admission.open_rows()[rows]).any() and not admission.done:
            if not uncovered[open_].any():
                upper = upper if again else most()
                uncovered, covered, again = sizes.copy(), np.zeros(len(rows), dtype=np.bool_), True
            best = int(np.where(open_, uncovered, -1).argmax())
            admission.add(int(rows[best]))
            count = cover_ball(x, best, square, covered, uncovered, square)
            gains.append(0 if again else count)
            first += gains[-1]
        upper = upper if again else most()
        indices = admission.add_in_order(others)
        gains += [0] * (len(indices) - len(gains))
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            gains=np.asarray(gains, dtype=np.float64),
            value=float(first),
            upper_bound=min(upper, float(len(rows))),
            stats={
                "radius": float(np.sqrt(square)) if np.isfinite(square) else None,
                "covered": first / max(1, len(rows)),
                "sample": len(rows),
            },
            pool=pool,
        )

    def _split(self, limits: Limits, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The sample, ascending, and the other rows that may be picked, in random order."""
        draws = row_uniforms(seed, "prob-cover", 0, limits.size)
        draws[limits.keep] -= 1.0
        free = np.nonzero(~limits.excluded)[0]
        free = free[np.argsort(draws[free], kind="stable")]
        size = max(self.sample, len(limits.keep))
        return np.sort(free[:size]), free[size:]

    def _square(self, x: NDArray[np.float32], seed: int) -> float:
        """The squared radius: the largest at which enough open balls hold no stranger."""
        from cribble.kernels.balls import nearest_stranger

        if self.radius is not None:
            return self.radius**2
        if len(x) == 0:
            return 0.0
        clusters = count_clusters(x, self.clusters, 1, seed=seed, spherical=False)
        squares = np.sort(nearest_stranger(x, cells_of(x, clusters, seed=seed).codes))
        return float(squares[int((1 - self.purity) * len(x) + 1e-9)])
