"""K-center with outliers: cover all rows but the most isolated, which are not worth a pick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.distances import Centers, mean_row, squared_distances
from cribble.kernels.scratch import working_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class KCenterOutliers:
    """Farthest-first traversal of the rows that have neighbors.

    A row is an outlier if the distance to its tenth neighbor is among the largest. Outliers are
    neither picked nor covered, unless the limits leave nothing else. The first pick is the row
    farthest from the mean, and the rows that the budget keeps are centers from the start.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean, in its unit.
        outliers: Share of the rows that are outliers, in [0, 1).
        neighbors: Which neighbor's distance tells how isolated a row is.

    Raises:
        ParameterError: ``outliers`` is not in [0, 1) or ``neighbors`` is not positive.

    Source:
        The problem: Charikar et al. (2001), doi:10.5555/365411.365555; the traversal: Gonzalez
        (1985), doi:10.1016/0304-3975(85)90224-5. That outliers are found by their neighbors, once
        and beforehand, is our choice.
    """

    card: ClassVar[Card] = Card(
        "k-center-outliers",
        family="coverage",
        needs=("embedding",),
        cost="O(n^2 d) to 20,000 rows, about O(n d log n) beyond; then O(n d k), most of it pruned",
        memory="O(n (d + neighbors) + k d)",
        guarantee="covering radius of the other rows at most twice the optimum over them (row "
        "budgets without quotas)",
        source="doi:10.5555/365411.365555",
        explains=("gain", "assignment"),
        out_of_core=False,
    )
    signal: str = "embedding"
    outliers: float = 0.01
    neighbors: int = 10

    def __post_init__(self) -> None:
        if not 0 <= self.outliers < 1:
            raise ParameterError("outliers", self.outliers, "in [0, 1)")
        if self.neighbors < 1:
            raise ParameterError("neighbors", self.neighbors, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that spread over the pool without its outliers.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, distance of each pick to its nearest earlier center, or inf.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``radius``, the largest distance from a row that is no outlier to its nearest
                pick, and ``outlier_radius``, from any row (without picks both are left out);
                ``outliers``, their number, and ``outliers_picked``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        admission = Admission(budget.resolve(pool))
        X = working_rows(pool.signal(self.signal, ndim=2), pool.memory // 4)
        isolated = self._isolated(X, seed)
        centers = Centers(X)
        squared = [centers.add(row) for row in admission.picks]
        while not admission.done:
            some = admission.open_rows() & ~isolated
            row = _farthest(X, centers, some if some.any() else admission.open_rows())
            admission.add(row)
            squared.append(centers.add(row))
        gaps, owner = centers.settle()
        picks = np.asarray(admission.picks, dtype=np.int64)
        stats: dict[str, Any] = {
            "outliers": int(isolated.sum()),
            "outliers_picked": int(isolated[picks].sum()),
        }
        if squared:
            stats["radius"] = float(np.sqrt(gaps[~isolated].max(initial=0.0)))
            stats["outlier_radius"] = float(np.sqrt(gaps.max(initial=0.0)))
        return Selection(
            indices=picks,
            method=self.card.name,
            seed=seed,
            gains=np.sqrt(squared),
            assignment=owner,
            stats=stats,
            pool=pool,
        )

    def _isolated(self, X: NDArray[Any], seed: int) -> NDArray[np.bool_]:
        """Mark the rows that are farthest from their neighbors; ties spare the higher row."""
        from cribble.kernels.neighbors import near_rows

        out = np.zeros(len(X), dtype=bool)
        number = int(self.outliers * len(X))
        if number == 0:
            return out
        found = near_rows(X, self.neighbors, seed)
        far = np.full(len(X), -1.0)
        for place in range(found.shape[1]):
            there = found[:, place] < len(X)
            gaps = X[there].astype(np.float64) - X[found[there, place]]
            # A row with fewer neighbors than asked is more isolated than any other.
            far[there] = np.maximum(far[there], np.einsum("ij,ij->i", gaps, gaps))
            far[~there] = np.inf
        out[np.argsort(-far, kind="stable")[:number]] = True
        return out


def _farthest(X: NDArray[Any], centers: Centers, open_rows: NDArray[np.bool_]) -> int:
    """The open row farthest from its nearest center, or from the mean where there is none."""
    if centers.count:
        codes, costs = np.zeros(len(X), dtype=np.int64), np.zeros(len(X))
        return centers.farthest(~open_rows, codes, costs, np.zeros(1))
    rows = np.nonzero(open_rows)[0]
    return int(rows[np.argmax(squared_distances(X, mean_row(X))[rows])])
