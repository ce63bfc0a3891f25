"""RandGreeDi: facility location over shards that never meet, in two rounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Limits, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.executors import executor_of, shards_of
from cribble.objectives.facility_location import SIMILARITIES, Affinity, FacilityLocation
from cribble.objectives.sampled_location import Judged, Reached, SampledLocation
from cribble.optimizers.base import Run
from cribble.optimizers.certificate import certify
from cribble.optimizers.two_round import Sharded, bound_after, first_round, two_round

FORMS = ("auto", "exact", "sample")
# Products that the exact form may take: about ten CPU seconds. 50,000 rows of 128 numbers.
_EXACT_WORK = 4e11


@dataclass(frozen=True, slots=True, kw_only=True)
class RandGreedi:
    """Greedy facility location on each random shard, then on the union of what they picked.

    The best of the second round's set and the shards' own is returned, and a bound from the gains
    of all rows says how much of the best possible was lost at most. With one shard the picks are
    those of greedy.

    All rounds maximize one function, which the guarantee needs. The exact form measures it over
    all rows. The sample form measures it over a uniform sample, so that a shard needs its own
    rows and the sample alone; its value is an estimate, and what was lost is said of the sampled
    function. A graph of neighbors inside each shard would be another function in each.

    Args:
        signal: Name of a pool signal, (n, d) float.
        shards: Number of shards; with the seed, it alone decides the shard of a row.
        similarity: "phantom" or "cosine" (clipped at 0), as for `FacilityLocation`.
        form: "auto" takes "exact" as long as n^2 d is at most 4e11, then "sample".
        sample: Rows that the sample form evaluates on.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Barbosa, Ene, Nguyen and Ward (2015), arXiv:1502.02606; in two rounds without random
        shards, Mirzasoleiman, Karbasi, Sarkar and Krause (2013).
    """

    card: ClassVar[Card] = Card(
        "rand-greedi",
        family="constrained",
        needs=("embedding",),
        cost="O(n^2 d) exact, O(n r d) with a sample of r rows",
        memory="O(n d), or O((n / P + r) d) a shard",
        row_bytes=110,
        guarantee="in expectation (1 - 1/e) / 2 of the best under a row budget, 1/4 under maxima",
        source="arXiv:1502.02606",
        explains=("gain", "assignment"),
    )
    signal: str = "embedding"
    shards: int = 8
    similarity: str = "phantom"
    form: str = "auto"
    sample: int = 20_000

    def __post_init__(self) -> None:
        for name, known in (("similarity", SIMILARITIES), ("form", FORMS)):
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), " or ".join(known))
        for name in ("shards", "sample"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows in two rounds.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set.
            upper_bound: What no set within the budget exceeds; None in the sample form.
            assignment: (n,) int64, the pick of largest affinity; -1 where every affinity is 0.
            stats: ``form``; ``best``, the set returned; ``lost``, the largest share of the best
                possible that may be missing; ``candidates`` of the second round; ``merged_value``
                and ``shard_values``; ``sampled_rows``.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        exact = self.form == "exact" or (
            self.form == "auto" and float(len(X)) ** 2 * X.shape[1] <= _EXACT_WORK
        )
        search = self._exact if exact else self._sampled
        found, upper, assignment, targets = search(pool, X, limits, seed)
        # A sample stands for the whole pool.
        scale = len(X) / max(1, targets)
        return Selection(
            indices=found.run.indices,
            method="rand-greedi",
            seed=seed,
            gains=found.run.gains * scale,
            value=found.run.value * scale,
            upper_bound=upper if exact else None,
            assignment=assignment,
            stats={
                "form": "exact" if exact else "sample",
                "sampled_rows": targets,
                "best": found.best,
                "lost": max(0.0, 1 - found.run.value / upper) if upper > 0 else 0.0,
                "candidates": found.candidates,
                "merged_value": found.merged_value * scale,
                "shard_values": [value * scale for value in found.shard_values],
                "evaluations": found.run.evaluations,
            },
            pool=pool,
        )

    def _exact(self, pool: Pool, X: NDArray[Any], limits: Limits, seed: int) -> _Found:
        """All rows are targets, prepared here and sent to every shard."""
        affinity = Affinity.of(X, self.similarity, memory=pool.room(1 / 4))

        def open_objective(rows: NDArray[np.int64]) -> FacilityLocation:
            return FacilityLocation(affinity.cut(rows), affinity.points, pool.room(1 / 2))

        def first_rounds(parts: list[NDArray[np.int64]], narrowed: Iterable[Limits]) -> Any:
            objectives = map(open_objective, parts)
            return executor_of(pool).map(first_round, objectives, narrowed, parts)

        found = two_round(open_objective, limits, self.shards, seed, first_rounds)
        # A pass over candidates that are the targets themselves takes half the products.
        whole = FacilityLocation(affinity, memory=pool.room(1 / 2))
        picks = found.run.indices
        return _Found(found, bound_after(whole, limits, picks), affinity.nearest(picks), len(X))

    def _sampled(self, pool: Pool, X: NDArray[Any], limits: Limits, seed: int) -> _Found:
        """Shards prepare their own rows; only the sample is sent to all of them."""
        executor, sample = executor_of(pool), np.arange(len(X))
        if self.sample < len(X):
            drawn = stream(seed, "targets").choice(len(X), self.sample, replace=False)
            sample = np.sort(drawn)
        location = SampledLocation.of(X, sample, self.similarity, pool.room(1 / 2))

        def first_rounds(parts: list[NDArray[np.int64]], narrowed: Iterable[Limits]) -> Any:
            taken = (executor.take(X, part) for part in parts)
            return executor.map(partial(_search, location), taken, narrowed, parts)

        found = two_round(lambda rows: location(X[rows]), limits, self.shards, seed, first_rounds)
        picks = found.run.indices
        chosen = location(X[picks])
        for place in range(len(picks)):
            chosen.add(place)
        shards = (executor.hold(X[shard.rows]) for shard in shards_of(executor, len(X)))
        judged = executor.map(Judged(location, X[picks], chosen.cover), shards)
        bounds, owners = (np.concatenate(part) for part in zip(*judged, strict=True))
        bounds[picks] = 0.0
        reached = Reached(location, X, chosen.value, chosen.cover)
        return _Found(found, certify(reached, limits, bounds), owners, len(sample))


class _Found(NamedTuple):
    """What two rounds found, a bound on the sampled optimum, owners, and how many rows counted."""

    sharded: Sharded
    upper: float
    assignment: NDArray[np.int64]
    targets: int


def _search(
    location: SampledLocation, X: NDArray[Any], limits: Limits, rows: NDArray[np.int64]
) -> Run:
    return first_round(location(X), limits, rows)
