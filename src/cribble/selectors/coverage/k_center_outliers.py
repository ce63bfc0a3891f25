"""K-center with outliers: cover all rows but the most isolated, which are not worth a pick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Limits, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.distances import Centers, mean_row, squared_distances
from cribble.kernels.scratch import working_rows

FORMS = ("neighbors", "balls")


@dataclass(frozen=True, slots=True, kw_only=True)
class KCenterOutliers:
    """Farthest-first traversal of the rows that have neighbors, or balls that leave few rows out.

    By ``neighbors``, a row is an outlier if the distance to its tenth neighbor is among the
    largest. Outliers are neither picked nor covered, unless the limits leave nothing else. The
    first pick is the row farthest from the mean, and the rows that the budget keeps are centers
    from the start.

    By ``balls``, outliers are whichever rows the picks leave out: each pick is the row with most
    uncovered rows within a radius, and covers three radii, at the least radius that leaves out
    few enough. Then the largest distance of the other rows is at most 3.04 times the least there
    is, over all choices of outliers (row budgets without quotas, up to ``sample`` rows). It is
    dearer, and mostly no nearer.

    Args:
        signal: Name of a pool signal, (n, d) float; distances are Euclidean, in its unit.
        outliers: Share of the rows that are outliers, in [0, 1).
        neighbors: Which neighbor's distance tells how isolated a row is.
        form: "neighbors" or "balls".
        sample: Most rows that balls are counted on.

    Raises:
        ParameterError: ``outliers`` is not in [0, 1), ``neighbors`` or ``sample`` is not positive,
            or ``form`` is neither.

    Source:
        The problem: Charikar et al. (2001), doi:10.5555/365411.365555; the traversal: Gonzalez
        (1985), doi:10.1016/0304-3975(85)90224-5. That outliers are found by their neighbors, once
        and beforehand, is our choice. Balls are the greedy of the former.
    """

    card: ClassVar[Card] = Card(
        "k-center-outliers",
        family="coverage",
        needs=("embedding",),
        cost="O(n^2 d) to 20,000 rows, about O(n d log n) beyond; then O(n d k), most of it "
        "pruned; by balls O(sample^2 d) ten times",
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
    form: str = "neighbors"
    sample: int = 5_000

    def __post_init__(self) -> None:
        if not 0 <= self.outliers < 1:
            raise ParameterError("outliers", self.outliers, "in [0, 1)")
        if self.neighbors < 1:
            raise ParameterError("neighbors", self.neighbors, "1 or more")
        if self.form not in FORMS:
            raise ParameterError("form", self.form, " or ".join(map(repr, FORMS)))
        if self.sample < 1:
            raise ParameterError("sample", self.sample, "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that spread over the pool without its outliers.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, distance of each pick to its nearest earlier center, or inf.
            assignment: (n,) int64, the nearest pick of each row.
            stats: ``radius``, the largest distance from a row that is no outlier to its nearest
                pick, and ``outlier_radius``, from any row (without picks both are left out);
                ``outliers``, their number, and ``outliers_picked``. By balls, outliers are the
                rows farthest from the picks.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = working_rows(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        isolated = self._isolated(X, seed)
        admission = Admission(limits)
        centers, squared = _traverse(X, admission, isolated)
        if self.form == "balls":
            gaps = centers.settle()[0]
            admission = self._balls(X, limits, gaps[~isolated], seed)
            centers, squared = _traverse(X, admission, self._left_out(X, admission.picks))
            isolated = self._left_out(X, admission.picks)
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

    def _balls(
        self, X: NDArray[Any], limits: Limits, gaps: NDArray[np.float64], seed: int
    ) -> Admission:
        """What balls pick of a sample, perhaps less than the budget."""
        from cribble.kernels.assignment import float_rows
        from cribble.optimizers.ball_cover import least_balls

        draws = row_uniforms(seed, self.card.name, 0, len(X))
        draws[limits.keep] = -1.0
        size = max(self.sample, len(limits.keep))
        rows = np.sort(np.argsort(draws, kind="stable")[:size])
        # A little more, as balls are open.
        enough = 1.001 * float(np.sqrt(gaps.max(initial=0.0)))
        number = int(self.outliers * len(rows))
        return least_balls(float_rows(X[rows]), rows, limits, number, enough).admission

    def _left_out(self, X: NDArray[Any], picks: list[int]) -> NDArray[np.bool_]:
        """Mark as many rows as may be outliers: the farthest from the picks."""
        centers, out = Centers(X), np.zeros(len(X), dtype=bool)
        for row in picks:
            centers.add(row)
        far = np.argsort(-centers.settle()[0], kind="stable")
        out[far[: int(self.outliers * len(X))]] = True
        return out

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


def _traverse(
    X: NDArray[Any], admission: Admission, isolated: NDArray[np.bool_]
) -> tuple[Centers, list[float]]:
    """Fill the budget with the farthest rows; squared distances to earlier centers come along."""
    centers = Centers(X)
    squared = [centers.add(row) for row in admission.picks]
    while not admission.done:
        some = admission.open_rows() & ~isolated
        row = _farthest(X, centers, some if some.any() else admission.open_rows())
        admission.add(row)
        squared.append(centers.add(row))
    return centers, squared


def _farthest(X: NDArray[Any], centers: Centers, open_rows: NDArray[np.bool_]) -> int:
    """The open row farthest from its nearest center, or from the mean where there is none."""
    if centers.count:
        codes, costs = np.zeros(len(X), dtype=np.int64), np.zeros(len(X))
        return centers.farthest(~open_rows, codes, costs, np.zeros(1))
    rows = np.nonzero(open_rows)[0]
    return int(rows[np.argmax(squared_distances(X, mean_row(X))[rows])])
