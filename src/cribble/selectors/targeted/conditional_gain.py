"""Conditional gain: rows that add to those one has, by set functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError, TargetError
from cribble.kernels.relevance import relevance
from cribble.objectives import Objective
from cribble.objectives import conditional_gain as objectives
from cribble.objectives.facility_location import Affinity
from cribble.objectives.mixture import Mixture
from cribble.objectives.modular import Modular
from cribble.objectives.neighbor_lists import check_search, cosine_lists
from cribble.optimizers.knapsack import maximize
from cribble.signals.target import target_vectors

FORMS = ("flcg", "gccg", "logdet")
# Once each row is as well represented as the private rows represent it, nothing gains by "flcg".
_TIE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalGain:
    """Greedy maximization of what picks add to private rows, which they should be unlike.

    The targets are the private rows: rows chosen before from another pool, an evaluation set, a
    corpus that a model has seen. Picks stand for the pool where those do not. (Rows of the pool
    itself that are chosen already are kept rows of the budget, with every method.)

    - "flcg": how much better picks stand for the rows of the pool than the private rows do; then
      how unlike those they are. It counts pairs of near rows.
    - "gccg": graph cut less the similarity to the private rows, (1 + cosine) / 2. Picks may lower
      it, and it has neither guarantee nor certificate.
    - "logdet": the volume of the picks, without what private rows explain.

    Args:
        signal: Name of a signal of pool and targets, (n, d) float.
        form: One of the three above.
        nu: How much private rows count, 0 or more; in [0, 1] for "logdet".
        queries: For "flcg": so many targets, from the first on, are not private rows but queries,
            and picks stand for rows as far as those do: conditional mutual information.
        eta: For "flcg" with queries: how much these count, 0 or more.
        lam: For "gccg": weight of the redundancy among picks, 0 or more.
        ridge: For "logdet": what is added to a row's squared length of 1, above 0.
        neighbors: For "flcg": near rows per row where the pool has more than 2,048 rows.
        probes: For "flcg": clusters of about 512 rows searched for them beyond 20,000 rows.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Kothawade et al. (2022), PRISM, arXiv:2103.00128.
    """

    card: ClassVar[Card] = Card(
        "conditional-gain",
        family="targeted",
        needs=("embedding", "target"),
        cost="O(n p d), p private rows, flcg O(n d probes log n) with it, logdet O(n d k)",
        memory="O(n d), flcg 16 bytes a pair of near rows with it",
        row_bytes=150,
        guarantee="at least 1 - 1/e of the best under a row budget, but not for gccg",
        source="arXiv:2103.00128",
        explains=("gain",),
    )
    signal: str = "embedding"
    form: str = "flcg"
    nu: float = 1.0
    queries: int = 0
    eta: float = 1.0
    lam: float = 0.4
    ridge: float = 0.1
    neighbors: int = 64
    probes: int = 32

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ParameterError("form", self.form, " or ".join(FORMS))
        for name, most in (("nu", 1.0 if self.form == "logdet" else np.inf), ("eta", np.inf)):
            value = getattr(self, name)
            if not (0 <= value <= most and np.isfinite(value)):
                allowed = "finite and 0 or more" if most == np.inf else "in [0, 1] for logdet"
                raise ParameterError(name, value, allowed)
        if not (self.lam >= 0 and np.isfinite(self.lam)):
            raise ParameterError("lam", self.lam, "finite and 0 or more")
        if not (self.ridge > 0 and np.isfinite(self.ridge)):
            raise ParameterError("ridge", self.ridge, "finite and above 0")
        check_search(self.neighbors, self.probes)
        if self.queries < 0 or (self.queries and self.form != "flcg"):
            raise ParameterError("queries", self.queries, "0, or more for flcg")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows unlike the private ones; ``seed`` serves the search for near rows of "flcg".

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value; for "gccg" perhaps below 0.
            value: The value of the set; for "flcg" with a millionth of the summed distance from
                the private rows, 1 - the largest cosine, which orders the rows that add nothing.
            upper_bound: What no set within the budget exceeds; None for "gccg".
            stats: ``form``, ``evaluations``, and ``mean_similarity``, the mean over picks of their
                largest similarity to a private row (None without picks).

        Raises:
            TargetError: There is no target, one is empty, or all are queries.
            SignalError: The signal is missing, is not (n, d) or not finite, or pool and target
                differ in d.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        vectors = Affinity.of(target_vectors(pool, self.signal), "cosine").points
        if self.queries >= len(pool.targets):
            raise TargetError(
                f"{len(pool.targets)} given, of which {self.queries} are queries",
                "hand over the private rows as the last target",
            )
        first = sum(len(target) for target in pool.targets[: self.queries])
        points = Affinity.of(
            pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4)
        ).points
        objective = self._objective(pool, points, vectors[:first], vectors[first:], seed)
        run = maximize(objective, limits)
        near = relevance(points[run.indices], vectors[first:]).largest
        return Selection(
            indices=run.indices,
            method="conditional-gain",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            stats={
                "form": self.form,
                "evaluations": run.evaluations,
                "mean_similarity": float(near.mean()) if len(near) else None,
            },
            pool=pool,
        )

    def _objective(
        self,
        pool: Pool,
        points: NDArray[np.float32],
        queries: NDArray[np.float32],
        private: NDArray[np.float32],
        seed: int,
    ) -> Objective:
        if self.form == "gccg":
            return objectives.graph_cut_conditional_gain(points, private, self.lam, self.nu)
        if self.form == "logdet":
            return objectives.log_det_conditional_gain(points, private, self.nu, self.ridge)
        graph = cosine_lists(pool, self.signal, self.neighbors, self.probes, seed)
        added: Objective = (
            objectives.facility_location_conditional_information(
                graph, points, queries, private, self.eta, self.nu
            )
            if self.queries
            else objectives.facility_location_conditional_gain(graph, points, private, self.nu)
        )
        unlike = Modular(np.maximum(1 - relevance(points, private).largest, 0))
        return Mixture((added, unlike), (1.0, _TIE))
