"""Facility location: a subset in which every row of the pool finds one that stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cribble.core import Budget, Card, Pool, Selection, stream
from cribble.core.errors import ParameterError
from cribble.kernels.scratch import taken_rows
from cribble.objectives import facility_location as objectives
from cribble.objectives.neighbor_lists import (
    AFFINITIES,
    UserSimilarity,
    check_similarity,
    neighbor_lists,
    search_name,
)
from cribble.optimizers.registry import check_optimizer, optimize

FORMS = ("auto", "exact", "graph", "sample")
# Products that the exact form may take: about ten CPU seconds. 50,000 rows of 128 numbers.
_EXACT_WORK = 4e11


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityLocation:
    """Greedy maximization of facility location, with a certificate.

    The value of a set is the sum over all rows i of the largest affinity between i and a picked
    row. By default an affinity is *phantom*: how much nearer (in squared Euclidean distance) the
    pick is than the mean of the pool, or 0. Where cosine similarity is used, a random subset
    already scores near the optimum.

    The exact form evaluates all pairs without ever holding them. The graph form counts only
    pairs of near rows; its value and certificate are those of the graph. The sample form counts
    all candidates over a uniform sample of rows; its value is an estimate, without a certificate.
    The form depends on the pool's size, the budget and ``form`` alone; ``stats["form"]`` names it.

    Args:
        signal: Name of a pool signal, (n, d) float.
        similarity: "phantom" or "cosine" (clipped at 0). In the graph form also "rbf",
            "euclidean", "angle"; "jaccard", "coincidence" or "overlap" of the sets of columns in
            which rows are not 0; the same with "ngram-" before, of the texts' hashed words and
            pairs of words; or a function from (m, d) and (k, d) rows to (m, k) similarities, 0
            or more and symmetric. `neighbor_lists` has the formulas.
        form: "auto" takes "exact" as long as n^2 d is at most 4e11; then "graph" where so many
            rows are picked, k, that 2 k * ``neighbors`` is at least n, and "sample" where they are
            fewer, since their lists would leave most rows out.
        neighbors: Near rows per row in the graph form.
        probes: Clusters searched for them, of about 512 rows, where the pool has more than 20,000.
        sample: Rows that the sample form evaluates on.
        optimizer: "lazy", the picks of plain greedy and usually the fastest; "stochastic", the
            best of rows drawn at each step, and "threshold", few passes over the rows, both for
            gains so alike that old ones rule few rows out; "greedy-max", a better promise under
            a cost budget; "enumeration", the best promise there, for n^2 gains; "swap", greedy
            improved by exchanges, a pass over all pairs each.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Nemhauser, Wolsey and Fisher (1978), doi:10.1007/BF01588971; for data, Wei, Iyer and
        Bilmes (2015), proceedings.mlr.press/v37/wei15.
    """

    card: ClassVar[Card] = Card(
        "facility-location",
        family="diversity",
        needs=("embedding",),
        cost="O(n^2 d) exact, O(n d probes log n) graph",
        memory="O(n d) and the pairs that can still gain, within the limit",
        row_bytes=110,
        guarantee="at least 1 - 1/e of the best under a row budget, 1/2 under group maxima",
        source="doi:10.1007/BF01588971",
        explains=("gain", "assignment"),
    )
    signal: str = "embedding"
    similarity: str | UserSimilarity = "phantom"
    form: str = "auto"
    neighbors: int = 64
    probes: int = 32
    sample: int = 20_000
    optimizer: str = "lazy"

    def __post_init__(self) -> None:
        check_optimizer(self.optimizer)
        check_similarity(self.similarity)
        if self.form not in FORMS:
            raise ParameterError("form", self.form, " or ".join(FORMS))
        if self.form in ("exact", "sample") and self.similarity not in AFFINITIES:
            raise ParameterError("form", self.form, f"graph with similarity {self.similarity}")
        for name in ("neighbors", "probes", "sample"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows that stand for the pool.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set.
            upper_bound: What no set within the budget exceeds; None in the sample form.
            assignment: (n,) int64, the pick of largest affinity; -1 where every affinity is 0.
            stats: ``form``, ``evaluations``, and what the form was built with.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        products = self.similarity in AFFINITIES
        dim = pool.signal(self.signal, ndim=2).shape[1] if products else 0
        form = self.form_for(len(pool), dim, limits.most_rows)
        stats: dict[str, Any] = {"form": form}
        objective: objectives.FacilityLocation | objectives.ListedFacilityLocation
        factor = 1.0
        if form == "graph":
            searched = (self.similarity, self.neighbors, self.probes, seed)
            lists = neighbor_lists(pool, self.signal, *searched)
            objective = objectives.ListedFacilityLocation(lists, len(pool))
            stats["neighbor_search"] = search_name(len(pool), self.similarity, self.probes)
            stats["upper_bound_of"] = "the graph objective"
        else:
            assert isinstance(self.similarity, str)
            affinity = objectives.Affinity.of(
                pool.signal(self.signal, ndim=2), self.similarity, memory=pool.room(1 / 4)
            )
            targets = None
            if form == "sample":
                rows = np.arange(len(pool))
                if self.sample < len(pool):
                    drawn = stream(seed, "targets").choice(len(pool), self.sample, replace=False)
                    rows = np.sort(drawn)
                factor = len(pool) / max(1, len(rows))
                stats["sampled_rows"] = len(rows)
                targets = taken_rows(affinity.points, rows)
            objective = objectives.FacilityLocation(affinity, targets, memory=_for_lists(pool))
        run = optimize(objective, limits, self.optimizer, seed)
        owner = objective.owner if form != "sample" else affinity.nearest(run.indices)
        return Selection(
            indices=run.indices,
            method="facility-location",
            seed=seed,
            gains=run.gains * factor,
            value=run.value * factor,
            upper_bound=run.upper_bound if form != "sample" else None,
            assignment=owner,
            stats={**stats, "evaluations": run.evaluations},
            pool=pool,
        )

    def form_for(self, rows: int, dim: int, picks: int) -> str:
        """The form that a pool of so many rows and dimensions gets, for so many picks."""
        if self.form != "auto":
            return self.form
        if self.similarity not in AFFINITIES:
            return "graph"
        if float(rows) ** 2 * dim <= _EXACT_WORK:
            return "exact"
        # Rows in no list of a pick count nothing: too few picks would be chosen for their company.
        # A pair is in the lists of both its rows, so a list has up to twice as many on average.
        return "graph" if 2 * picks * self.neighbors >= rows else "sample"


def _for_lists(pool: Pool) -> int:
    """Bytes for lists of pairs: half the limit, or most of what the rest leaves of it."""
    return min(pool.memory // 2, pool.room(7 / 8))
