"""Herding: picks whose mean is the pool's, in a space where that fixes the distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.distances import squared_distances
from cribble.kernels.kernel_mean import kernel_mean, median_distance
from cribble.kernels.scratch import working_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Herding:
    """Kernel herding: each pick brings the picks' kernel mean nearer to the pool's.

    Rows in dense places are worth most, less so the more picks are near them already. Any start of
    the picks is a good summary of its size; all picks weigh the same.

    Args:
        signal: Name of a pool signal, (n, d) float.
        width: Standard deviation of the Gaussian kernel, in the unit of the signal; None takes the
            median distance of two rows.
        sample: Most rows that the pool's mean is taken over; of a larger pool, random ones.

    Raises:
        ParameterError: ``width`` or ``sample`` is not positive.

    Source:
        Chen, Welling and Smola (2010), arXiv:1203.3472.
    """

    card: ClassVar[Card] = Card(
        "herding",
        family="coresets",
        needs=("embedding",),
        cost="O(n d (sample + k))",
        memory="O(n), and one copy of the rows unless they are float32 or float64",
        row_bytes=110,
        guarantee="means of functions in the kernel's space err by O(k^-1/2) at worst, O(1 / k) "
        "in finite dimension (row budgets without quotas)",
        source="arXiv:1203.3472",
        explains=("gain",),
    )
    signal: str = "embedding"
    width: float | None = None
    sample: int = 20_000

    def __post_init__(self) -> None:
        if self.width is not None and not self.width > 0:
            raise ParameterError("width", self.width, "above 0")
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows whose kernel mean is near the pool's within the budget.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, the pool's kernel mean at each pick less that of the picks before,
                which counts one row more than there are.
            stats: ``mmd``, the distance of the two means (None without picks); ``width``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        width = self.width or median_distance(X, seed=seed)
        draws = row_uniforms(seed, "herding", 0, len(pool))
        rows = np.sort(np.argsort(draws, kind="stable")[: self.sample])
        mean = kernel_mean(X, X[rows], width)
        sums, gains = np.zeros(len(pool)), list[float]()

        def take(row: int) -> None:
            gains.append(mean[row] - sums[row] / (len(gains) + 1))
            near = squared_distances(X, X[row].astype(np.float64))
            np.add(sums, np.exp(near / (-2 * width**2)), out=sums)

        for row in admission.picks:
            take(row)
        while not admission.done:
            score = np.where(admission.open_rows(), mean - sums / (len(gains) + 1), -np.inf)
            row = int(score.argmax())
            admission.add(row)
            take(row)
        picks, k = np.asarray(admission.picks, dtype=np.int64), len(gains)
        square = mean[rows].mean() - 2 * mean[picks].mean() + sums[picks].mean() / k if k else 0.0
        return Selection(
            indices=picks,
            method=self.card.name,
            seed=seed,
            gains=np.asarray(gains, dtype=np.float64),
            stats={"mmd": float(np.sqrt(max(square, 0.0))) if k else None, "width": width},
            pool=pool,
        )
