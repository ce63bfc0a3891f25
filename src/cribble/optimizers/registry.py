"""The optimizers that a method may be told to use, by name."""

from __future__ import annotations

from functools import partial

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.core.errors import ParameterError
from cribble.objectives.base import Objective
from cribble.optimizers.base import Run
from cribble.optimizers.double_greedy import double_greedy
from cribble.optimizers.enumeration import enumeration
from cribble.optimizers.greedy_max import greedy_max
from cribble.optimizers.knapsack import better_of_two, maximize
from cribble.optimizers.random_greedy import random_greedy
from cribble.optimizers.stochastic import stochastic
from cribble.optimizers.swap import swap
from cribble.optimizers.threshold import threshold

OPTIMIZERS = (
    "lazy",
    "stochastic",
    "threshold",
    "greedy-max",
    "enumeration",
    "swap",
    "random-greedy",
)
UNLIMITED = ("double-greedy", "random-double-greedy")
"""Those that find the number of rows themselves, and take no limit that could bind."""
_CANDIDATES = 20_000
"""Rows that exchanges may bring in: half of those of largest gain, half drawn."""


def check_optimizer(name: str) -> None:
    """Refuse a name that is none of `OPTIMIZERS` and `UNLIMITED`.

    Raises:
        ParameterError: There is no such optimizer.
    """
    if name not in (*OPTIMIZERS, *UNLIMITED):
        raise ParameterError("optimizer", name, " or ".join((*OPTIMIZERS, *UNLIMITED)))


def optimize(objective: Objective, limits: Limits, optimizer: str = "lazy", seed: int = 0) -> Run:
    """Maximize a submodular objective within the limits.

    Args:
        objective: A submodular objective, at the empty set; it ends at the set returned.
        limits: What the picks must hold.
        optimizer: "lazy", the picks of plain greedy and usually the fastest. "stochastic" evaluates
            a number of rows that does not grow with the budget, and "threshold" makes few passes
            over the rows: both for gains so alike that old ones rule few rows out. "greedy-max"
            promises more under a cost budget, "enumeration" the most, in n^2 gains for small pools;
            both are "lazy" under others. "swap" improves the set of "lazy" by exchanges, for about
            k times its work: for few picks, but for facility location, where an exchange takes one
            pass over all pairs; above 20,000 rows only so many may come in. "random-greedy" is for
            functions that picks may lower; so are "double-greedy" and "random-double-greedy",
            which promise more, where a cost budget pays for all rows.
        seed: Seed of "stochastic", "random-greedy" and "random-double-greedy", and of "swap" above
            20,000 rows; the others draw nothing.

    Raises:
        ParameterError: There is no such optimizer, the objective is not submodular, or the pool
            is too large for "enumeration".
        BudgetError: The optimizer is one of `UNLIMITED`, and the limits could bind.
    """
    check_optimizer(optimizer)
    if optimizer in UNLIMITED:
        return double_greedy(objective, limits, seed=None if optimizer == "double-greedy" else seed)
    if optimizer == "stochastic":
        return better_of_two(objective, limits, partial(stochastic, seed=seed))
    if optimizer == "threshold":
        return better_of_two(objective, limits, threshold)
    if optimizer == "greedy-max":
        return greedy_max(objective, limits)
    if optimizer == "enumeration":
        return enumeration(objective, limits)
    if optimizer == "random-greedy":
        return random_greedy(objective, Admission(limits), seed=seed)
    if optimizer == "swap":
        return swap(objective, limits, candidates=_CANDIDATES, seed=seed)
    return maximize(objective, limits)
