"""Mutual information: rows that have the most in common with the target, by set functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.relevance import relevance
from cribble.objectives import Objective
from cribble.objectives import mutual_information as objectives
from cribble.objectives.facility_location import Affinity
from cribble.objectives.mixture import Mixture
from cribble.objectives.modular import Modular
from cribble.objectives.neighbor_lists import check_search, cosine_lists
from cribble.optimizers.knapsack import maximize
from cribble.signals.target import target_vectors

FORMS = ("flqmi", "flmi", "gcmi", "com", "logdet")
# What float32 may take from a cosine.
_ROUNDING = 2.0**-21
# Once each row is as well represented as the target represents it, nothing gains by FLMI.
_TIE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class MutualInformation:
    """Greedy maximization of the submodular mutual information of picks and target.

    Similarities are cosines, clipped at 0; the rows of all targets together are the queries. The
    forms, from pure relevance to pure coverage:

    - "gcmi": summed similarity to all queries. A ranking, which takes near duplicates too.
    - "com": the same with concave returns, by pick and by query.
    - "flqmi": each query's best pick, and ``eta`` times each pick's best query.
    - "flmi": how well picks stand for the rows that the target stands for; it saturates, and
      then the mean similarity to the queries decides. It counts pairs of near rows.
    - "logdet": volume that picks and target share. It is not submodular, so it has neither
      guarantee nor certificate, and every row is evaluated at every step.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float.
        form: One of the five above.
        eta: Weight of relevance, 0 or more; in [0, 1] for "logdet". "gcmi" does not use it.
        concave: For "com": "log", log(1 + x); "sqrt"; or "ratio", x / (1 + x).
        ridge: For "logdet": what is added to a row's squared length of 1, above 0.
        neighbors: For "flmi": near rows per row where the pool has more than 2,048 rows.
        probes: For "flmi": clusters of about 512 rows searched for them beyond 20,000 rows.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Kothawade et al. (2022), PRISM, arXiv:2103.00128.
    """

    card: ClassVar[Card] = Card(
        "mutual-information",
        family="targeted",
        needs=("embedding", "target"),
        cost="O(n q d), flmi O(n d probes log n) with it, logdet O(n d k)",
        memory="O(n d), flmi 16 bytes a pair of near rows with it",
        row_bytes=150,
        guarantee="at least 1 - 1/e of the best under a row budget, but not for logdet",
        source="arXiv:2103.00128",
        explains=("gain",),
    )
    signal: str = "embedding"
    form: str = "flqmi"
    eta: float = 1.0
    concave: str = "log"
    ridge: float = 0.1
    neighbors: int = 64
    probes: int = 32

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ParameterError("form", self.form, " or ".join(FORMS))
        most = 1.0 if self.form == "logdet" else np.inf
        if not (0 <= self.eta <= most and np.isfinite(self.eta)):
            allowed = "in [0, 1] for logdet" if self.form == "logdet" else "finite and 0 or more"
            raise ParameterError("eta", self.eta, allowed)
        if self.concave not in objectives.CONCAVE:
            raise ParameterError("concave", self.concave, " or ".join(objectives.CONCAVE))
        if not (self.ridge > 0 and np.isfinite(self.ridge)):
            raise ParameterError("ridge", self.ridge, "finite and above 0")
        check_search(self.neighbors, self.probes)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows like the target; ``seed`` serves the search for near rows of "flmi" alone.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The value of the set; for "flmi" with a millionth of the summed mean
                similarity to the queries, which orders the rows that add nothing else.
            upper_bound: What no set within the budget exceeds; None for "logdet".
            stats: ``form``, ``evaluations``, ``mean_similarity``, the mean over picks of their
                largest similarity to a query (None without picks), and for "logdet" a ``warning``.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: The signal is missing, is not (n, d) or not finite, or pool and target
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        queries = Affinity.of(target_vectors(pool, self.signal), "cosine").points
        affinity = Affinity.of(pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4))
        objective = self._objective(pool, affinity, queries, seed)
        run = maximize(objective, limits)
        near = relevance(affinity.points[run.indices], queries).largest
        # Row budgets, group limits and kept rows form a matroid: of scores, greedy has the best.
        best = isinstance(objective, Modular) and limits.rows is not None
        stats: dict[str, Any] = {
            "form": self.form,
            "evaluations": run.evaluations,
            "mean_similarity": float(near.mean()) if len(near) else None,
        }
        if not objective.submodular:
            stats["warning"] = "log-det mutual information is not submodular: nothing is guaranteed"
        return Selection(
            indices=run.indices,
            method="mutual-information",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.value if best else run.upper_bound,
            stats=stats,
            pool=pool,
        )

    def _objective(
        self, pool: Pool, affinity: Affinity, queries: NDArray[np.float32], seed: int
    ) -> Objective:
        points = affinity.points
        if self.form == "gcmi":
            return objectives.graph_cut_information(points, queries)
        if self.form == "com":
            return objectives.concave_over_modular_information(
                points, queries, self.eta, self.concave
            )
        if self.form == "flqmi":
            return objectives.facility_location_query_information(
                affinity, queries, self.eta, pool.room(1 / 2)
            )
        if self.form == "logdet":
            return objectives.LogDetInformation(points, queries, self.eta, self.ridge)
        found = relevance(points, queries)
        graph = cosine_lists(pool, self.signal, self.neighbors, self.probes, seed)
        # A row as like a target as any reaches its cap, though its cosine is rounded otherwise.
        caps = (self.eta * found.largest * (1 - _ROUNDING)).astype(np.float32)
        ties = Modular(found.total / len(queries))
        return Mixture((objectives.facility_location_information(graph, caps), ties), (1.0, _TIE))
