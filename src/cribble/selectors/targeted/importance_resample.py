"""Importance resampling: draw rows by how much denser the target is than the pool there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, row_gumbels, stream
from cribble.core.errors import ParameterError
from cribble.kernels.weights import effective_size
from cribble.signals.target import target_vectors

_ESTIMATORS = ("ulsif", "kliep")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportanceResample:
    """Rows drawn without replacement in proportion to an estimated density ratio.

    The picks then follow the target's distribution over the vectors, as far as the pool reaches.
    ``effective_size`` in ``stats`` says how far that is: where it is below the budget, the draw
    has to go on to rows that the target does not want, and a method that ranks serves better.
    Above some 50 dimensions ratios become extreme: use vectors of 10 to 30.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float; distances are Euclidean.
        estimator: "ulsif", in closed form, or "kliep", by maximum likelihood.
        centers: Gaussian kernels, on so many target rows at most.
        width: Their standard deviation, as a share of the median distance between target rows;
            wider kernels leave more effective rows, narrower ones follow the target closer.
        ridge: Regularization of "ulsif".

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Sugiyama et al. (2008), doi:10.1007/s10463-008-0197-x; keyed sampling, Efraimidis and
        Spirakis (2006), doi:10.1016/j.ipl.2005.11.003.
    """

    card: ClassVar[Card] = Card(
        "importance-resample",
        family="targeted",
        needs=("embedding", "target"),
        cost="O(n d centers)",
        memory="O(n + q centers)",
        row_bytes=110,
        guarantee="an exact sample without replacement by the estimated ratio",
        source="doi:10.1007/s10463-008-0197-x",
        explains=("score",),
    )
    signal: str = "embedding"
    estimator: str = "ulsif"
    centers: int = 100
    width: float = 0.3
    ridge: float = 0.01

    def __post_init__(self) -> None:
        if self.estimator not in _ESTIMATORS:
            raise ParameterError("estimator", self.estimator, " or ".join(map(repr, _ESTIMATORS)))
        if self.centers < 1:
            raise ParameterError("centers", self.centers, "1 or more")
        for name in ("width", "ridge"):
            if not (np.isfinite(value := getattr(self, name)) and value > 0):
                raise ParameterError(name, value, "above 0")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows; rows of ratio 0 come last, the lowest first.

        Returns:
            indices: (k,) int64 rows, in the order they were drawn after the kept ones.
            scores: (n,) float64 ratios, of mean 1 over the pool.
            stats: ``effective_size`` that the ratios leave of the pool.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: The signal is missing, is not (n, d) or not finite, or pool and target
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        from cribble.kernels.density_ratio import kliep, median_gap, ulsif

        admission = Admission(budget.resolve(pool))
        aims = target_vectors(pool, self.signal)
        drawn = stream(seed, "kernels of importance-resample").permutation(len(aims))
        centers = np.asarray(aims[np.sort(drawn[: self.centers])], dtype=np.float64)
        ratios = np.zeros(0)
        if len(pool):
            rows = pool.signal(self.signal, ndim=2)
            width = self.width * median_gap(aims, centers)
            if self.estimator == "ulsif":
                ratios = ulsif(rows, aims, centers, width, self.ridge)
            else:
                ratios = kliep(rows, aims, centers, width)
        with np.errstate(divide="ignore"):
            keys = np.log(ratios) + row_gumbels(seed, "importance-resample", 0, len(pool))
        return Selection(
            indices=admission.add_in_order(np.argsort(-keys, kind="stable")),
            method="importance-resample",
            seed=seed,
            scores=ratios,
            stats={"effective_size": effective_size(ratios)},
            pool=pool,
        )
