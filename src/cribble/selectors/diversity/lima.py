"""LiMA: order rows by joint importance, from both ends of the order at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.objectives.facility_location import (
    SIMILARITIES,
    Affinity,
    FacilityLocation,
    ListedFacilityLocation,
)
from cribble.objectives.neighbor_lists import neighbor_lists
from cribble.optimizers.head_tail import head_tail

# Ordering 2,048 rows evaluates about a million gains.
_EXACT_ROWS = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Lima:
    """Order rows so that the first ones stand for the pool best and the last ones least.

    Each round adds the row of largest gain to the head of the order and, of the ``pending`` rows
    of least gain, the one that would add the least to the tail to the tail. The value is that of
    facility location. A budget of all rows gives the whole order, in about half of the
    evaluations of greedy; a smaller one its first rows. The picks are those of greedy until
    greedy would take a row that is in the tail: for a promise use `facility-location`, for a
    ranking of everything this.

    Pools of up to 2,048 rows count all pairs; larger ones the pairs of near rows, and the value
    and certificate are those of that graph. ``stats["form"]`` says which.

    Args:
        signal: Name of a pool signal, (n, d) float.
        similarity: "phantom", how much nearer (squared) a pick is than the mean of the pool, or
            "cosine"; both clipped at 0.
        pending: Rows that may join the tail in a round, at least 1.
        neighbors: Near rows per row in the graph form.
        probes: Clusters searched for them, of about 512 rows, where the pool has more than 20,000.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Chen et al. (2025), Less is More: Efficient Black-box Attribution via Minimal
        Interpretable Subset Selection, arXiv:2504.00470.
    """

    card: ClassVar[Card] = Card(
        "lima",
        family="diversity",
        needs=("embedding",),
        cost="O(n k) gains",
        memory="O(n d)",
        row_bytes=150,
        source="arXiv:2504.00470",
        explains=("gain", "assignment"),
    )
    signal: str = "embedding"
    similarity: str = "phantom"
    pending: int = 8
    neighbors: int = 64
    probes: int = 32

    def __post_init__(self) -> None:
        if self.similarity not in SIMILARITIES:
            raise ParameterError("similarity", self.similarity, " or ".join(SIMILARITIES))
        for name in ("pending", "neighbors", "probes"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the first rows of the order; ``seed`` serves the search for near rows alone.

        Returns:
            indices: (k,) int64 rows, in their order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set.
            upper_bound: What no set within the budget exceeds.
            assignment: (n,) int64, the pick of largest affinity; -1 where every affinity is 0.
            stats: ``form`` and ``evaluations``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        exact = len(pool) <= _EXACT_ROWS
        head: FacilityLocation | ListedFacilityLocation
        tail: FacilityLocation | ListedFacilityLocation
        if exact:
            affinity = Affinity.of(
                pool.signal(self.signal, ndim=2), self.similarity, memory=pool.room(1 / 4)
            )
            head, tail = (FacilityLocation(affinity, memory=pool.room(1 / 4)) for _ in range(2))
        else:
            searched = (self.similarity, self.neighbors, self.probes, seed)
            lists = neighbor_lists(pool, self.signal, *searched)
            head, tail = (ListedFacilityLocation(lists, len(pool)) for _ in range(2))
        run = head_tail(head, tail, Admission(limits), self.pending)
        return Selection(
            indices=run.indices,
            method="lima",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            assignment=head.owner,
            stats={"form": "exact" if exact else "graph", "evaluations": run.evaluations},
            pool=pool,
        )
