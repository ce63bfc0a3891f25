"""Density ratio: weights by which the pool stands for the target, and whether to use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.drawing import check_clip, draw_by_weight, shuffled
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.covariate_shift import ESTIMATORS, Estimation, Gain, Ratios, held_out_gain
from cribble.kernels.weights import effective_size, tail_shape
from cribble.signals.target import target_vectors

_HEAVY_TAIL, _FEW = 0.7, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityRatio:
    """Rows drawn by how much denser the target is than the pool there, with the weight left over.

    With all rows in the budget each row weighs its density ratio, so that a weighted mean over the
    pool is one over the target. With fewer, rows are drawn in proportion to it and weigh the ratio
    over their chance: all the same, except where a chance would exceed 1.

    Weights serve where the target differs from the pool and the model is too simple to fit both; a
    model that can fit both needs none, and they cost it the variance of a smaller sample. So
    ``stats`` say whether to use them: ``weigh`` is false, and ``why`` says so in words, if weights
    from half of the targets do not bring the pool nearer to the other half by two standard errors,
    if the tail of the ratios has a Pareto shape above 0.7, or if the picks are worth under a tenth
    of their number. Above some 50 dimensions ratios become extreme: use vectors of 10 to 30.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float; distances are Euclidean.
        estimator: "classifier", logistic regression on coordinates and squares; "kliep", by
            maximum likelihood; "ulsif", by least squares; "kmm", matched kernel means; "double",
            which lets targets go that no row is near, and names them.
        width: Standard deviation of the kernels, as a share of the median distance between target
            rows. None takes 1 for "kmm" and "double"; for "kliep" and "ulsif" the one of 2, 1, 0.5
            and 0.25 that fits held-out targets best.
        centers: Kernels of "kliep" and "ulsif", on so many target rows at most.
        ridge: Regularization of "ulsif".
        release: How far from 1 the weights of targets may be in root mean square, for "double".
        clip: Largest ratio, in multiples of the mean; None for no limit.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        "kliep": Sugiyama et al. (2008), doi:10.1007/s10463-008-0197-x; "ulsif": Kanamori et al.
        (2009), JMLR 10, 1391-1445; "kmm": Huang et al. (2007), NIPS 19, 601-608; "double":
        Segovia-Martin et al. (2023), arXiv:2305.08637, who choose ``release`` by a classifier's
        risk; when not to weigh: Shimodaira (2000), doi:10.1016/S0378-3758(00)00115-4, and
        Vehtari et al. (2015), arXiv:1507.02646.
    """

    card: ClassVar[Card] = Card(
        "density-ratio",
        family="weighting",
        needs=("embedding", "target"),
        cost="O(n d centers); for kmm and double O(n (d + 500) 1000)",
        memory="O(n + q centers); for kmm and double 24 bytes times 1500 squared more",
        row_bytes=110,
        guarantee="weighted sums over the draw are unbiased for the estimated ratios (row budgets "
        "without quotas)",
        source="doi:10.1007/s10463-008-0197-x",
        explains=("score",),
    )
    signal: str = "embedding"
    estimator: str = "ulsif"
    width: float | None = None
    centers: int = 100
    ridge: float = 0.01
    release: float = 0.3
    clip: float | None = 20.0

    def __post_init__(self) -> None:
        if self.estimator not in ESTIMATORS:
            raise ParameterError("estimator", self.estimator, " or ".join(map(repr, ESTIMATORS)))
        if self.centers < 1:
            raise ParameterError("centers", self.centers, "1 or more")
        for name, value in (("width", self.width), ("ridge", self.ridge)):
            if value is not None and not (np.isfinite(value) and value > 0):
                raise ParameterError(name, value, "above 0")
        if not 0 < self.release < 1:
            raise ParameterError("release", self.release, "between 0 and 1")
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows and weigh them within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            weights: (k,) float64, estimated ratio over chance; 0 where no target is near.
            scores: (n,) float64 ratios, of mean 1 over the pool, before clipping.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``; ``pool_effective``,
                what the ratios leave of the pool; ``tail_shape``; ``gain`` and ``gain_error``,
                the fall of the squared distance to held-out targets (None below 10 targets);
                ``width``; ``unsupported``, up to 20 target rows of which less than half is stood
                for, by "double"; ``weigh`` and ``why``.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: The signal is missing, is not (n, d) or not finite, or pool and target
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        aims = target_vectors(pool, self.signal)
        rows = pool.signal(self.signal, ndim=2)
        given = Estimation(
            estimator=self.estimator,
            width=self.width,
            centers=self.centers,
            ridge=self.ridge,
            release=self.release,
            seed=seed,
        )

        def values(some: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
            return given.ratios(some, targets).values

        nobody = np.empty(0, dtype=np.int64)
        found, gain = Ratios(np.zeros(0), None, nobody, np.empty(0)), None
        if len(pool):
            found, gain = given.ratios(rows, aims), held_out_gain(rows, aims, values, seed)
        drawn = draw_by_weight(limits, found.values, shuffled(seed, self.card.name), self.clip)
        tail = tail_shape(found.values)
        why = _against(gain, tail, drawn.stats["effective_size"], len(drawn.indices))
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=drawn.weights,
            scores=found.values,
            stats={
                **drawn.stats,
                "pool_effective": effective_size(found.values),
                "tail_shape": tail,
                "gain": None if gain is None else gain.value,
                "gain_error": None if gain is None else gain.error,
                "width": found.width,
                "unsupported": found.targets[found.support < 0.5][:20].tolist(),
                "weigh": not why,
                "why": why or "held-out targets are nearer to the weighted pool",
            },
            pool=pool,
        )


def _against(gain: Gain | None, tail: float | None, effective: float, picks: int) -> str:
    """Why not to weigh, in words; empty where nothing speaks against it."""
    reasons = []
    if gain is None:
        reasons.append("there are fewer than 10 target rows to judge by")
    elif gain.value <= 2 * gain.error:
        reasons.append("weights do not bring the pool nearer to targets that were held out")
    if tail is not None and tail > _HEAVY_TAIL:
        reasons.append(f"a few ratios outweigh all others (tail shape {tail:.2f}, above 0.7)")
    if effective < _FEW * picks:
        reasons.append(f"{picks:,} picks are worth {effective:,.0f}; rank by the ratio instead")
    return f"do not weigh: {'; '.join(reasons)}" if reasons else ""
