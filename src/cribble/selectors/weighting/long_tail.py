"""Long tail: rare classes drawn or weighed up, by effective numbers or a power of their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.drawing import check_clip, draw_by_weight, shuffled
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError

_SCHEMES = ("effective", "power")


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTail:
    """Rows drawn by the rarity of their class, with the weight left over.

    With all rows in the budget each row weighs the inverse of its class's effective number of
    rows, or a power of its number. With fewer, rows are drawn in proportion to that and weigh it
    over their chance: all the same, except where a class has fewer rows than its share. Classes
    are counted among the rows that are not dropped.

    Args:
        by: Name of the grouping that holds the class.
        scheme: "effective", by (1 - beta^n) / (1 - beta) rows of a class of n; "power", so that a
            class's share is in proportion to n^power.
        beta: In [0, 1): 0 leaves the classes as they are, near 1 all get the same share. The
            source tries 0.9, 0.99, 0.999 and 0.9999.
        power: In [0, 1]: 1 leaves the classes as they are, 0 gives all the same share, 0.5 is
            square-root sampling.
        clip: Largest weight of a row of the pool, in multiples of the mean; None for no limit.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        "effective": Cui et al. (2019), arXiv:1901.05555; "power": Kang et al. (2020),
        arXiv:1910.09217, who train the features on all rows as they are and only the classifier
        on such a draw.
    """

    card: ClassVar[Card] = Card(
        "long-tail",
        family="weighting",
        needs=("group",),
        cost="O(n log n)",
        memory="O(n)",
        row_bytes=100,
        guarantee="weighted sums over the draw are unbiased for the reweighted pool (row budgets "
        "without quotas)",
        source="arXiv:1901.05555",
        explains=("score",),
    )
    by: str = "group"
    scheme: str = "effective"
    beta: float = 0.999
    power: float = 0.5
    clip: float | None = None

    def __post_init__(self) -> None:
        if self.scheme not in _SCHEMES:
            raise ParameterError("scheme", self.scheme, " or ".join(map(repr, _SCHEMES)))
        if not 0 <= self.beta < 1:
            raise ParameterError("beta", self.beta, "in [0, 1)")
        if not 0 <= self.power <= 1:
            raise ParameterError("power", self.power, "in [0, 1]")
        check_clip(self.clip)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Draw rows and weigh them within the budget.

        Returns:
            indices: (k,) int64 rows, the kept ones first.
            weights: (k,) float64, a row's weight over its chance.
            scores: (n,) float64 weights of the pool's rows, before scaling and clipping.
            stats: ``weight_sum``, ``effective_size``, ``clipped``, ``refused``; ``shares``, of the
                weight by class.

        Raises:
            UnknownNameError: The pool has no such grouping.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        classes = pool.groups(self.by)
        number = len(classes.names)
        counts = np.bincount(classes.codes[~limits.excluded], minlength=number)
        weights = self._weights(np.maximum(counts, 1).astype(np.float64))[classes.codes]
        drawn = draw_by_weight(limits, weights, shuffled(seed, self.card.name), self.clip)
        held = np.bincount(classes.codes[drawn.indices], drawn.weights, minlength=number)
        shares = held / (float(held.sum()) or 1.0)
        return Selection(
            indices=drawn.indices,
            method=self.card.name,
            seed=seed,
            weights=drawn.weights,
            scores=weights,
            stats={
                **drawn.stats,
                "shares": dict(zip(classes.names, shares.tolist(), strict=True)),
            },
            pool=pool,
        )

    def _weights(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weight of a row of each class."""
        if self.scheme == "power":
            return counts ** (self.power - 1)
        if self.beta == 0:
            return np.ones(len(counts))
        # 1 - beta^n without the loss of digits that a beta next to 1 would bring.
        weights: NDArray[np.float64] = (1 - self.beta) / -np.expm1(counts * np.log(self.beta))
        return weights
