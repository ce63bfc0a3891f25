"""Feature-based selection: some of every feature, and more of none than is worth having."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.scratch import blocks_of, scratch, working_rows
from cribble.objectives.concave import ConcaveOverSums
from cribble.optimizers.registry import check_optimizer, optimize

CONCAVE = ("sqrt", "log", "ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureBased:
    """Greedy maximization of the sum over features of a concave function of what the picks have.

    No similarity between rows is needed, so the cost is that of reading the features. An entry
    that is negative counts as an amount of a feature of its own, the opposite one: only amounts
    of 0 or more keep the promise.

    Args:
        signal: Name of a pool signal, (n, d) float: amounts, such as counts or activations.
        concave: "sqrt"; "log", log(1 + x); or "ratio", x / (1 + x). The last two depend on the
            unit of the features.
        optimizer: "lazy", the picks of plain greedy and usually the fastest; "stochastic", the
            best of rows drawn at each step, and "threshold", few passes over the rows, both for
            gains so alike that old ones rule few rows out; "greedy-max", a better promise under
            a cost budget; "enumeration", the best promise there, for n^2 gains; "swap", greedy
            improved by exchanges, about k times its work.

    Raises:
        ParameterError: There is no such function or optimizer.

    Source:
        Wei, Iyer and Bilmes (2015), proceedings.mlr.press/v37/wei15; as a library, Schreiber,
        Bilmes and Noble (2020), arXiv:1906.03543.
    """

    card: ClassVar[Card] = Card(
        "feature-based",
        family="diversity",
        needs=("embedding",),
        cost="O(n d), and O(d) a gain",
        memory="O(n d)",
        row_bytes=110,
        guarantee="at least 1 - 1/e of the best under a row budget",
        source="arXiv:1906.03543",
        explains=("gain",),
    )
    signal: str = "embedding"
    concave: str = "sqrt"
    optimizer: str = "lazy"

    def __post_init__(self) -> None:
        check_optimizer(self.optimizer)
        if self.concave not in CONCAVE:
            raise ParameterError("concave", self.concave, " or ".join(CONCAVE))

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that together have some of every feature; ``seed`` serves optimizers that draw.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set.
            upper_bound: What no set within the budget exceeds.
            stats: ``evaluations``, and whether negative entries were ``split`` off.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        features, split = _amounts(pool.signal(self.signal, ndim=2), pool.room(1 / 4))
        run = optimize(ConcaveOverSums(features, self.concave), limits, self.optimizer, seed)
        return Selection(
            indices=run.indices,
            method="feature-based",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            stats={"evaluations": run.evaluations, "split": split},
            pool=pool,
        )


def _amounts(X: NDArray[Any], memory: int) -> tuple[NDArray[Any], bool]:
    """Split negative entries off into columns of their own, where there are any."""
    if not (X.size and X.min() < 0):
        return working_rows(X, memory), False
    count = X.shape[1]
    kind = np.float64 if X.dtype == np.float64 else np.float32
    amounts = scratch((len(X), 2 * count), kind, memory)
    for rows in blocks_of(X):
        np.maximum(X[rows], 0, out=amounts[rows, :count])
        np.maximum(-X[rows], 0, out=amounts[rows, count:])
    return amounts, True
