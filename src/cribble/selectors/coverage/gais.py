"""GAIS: keep the rows that a graph attention network looks at most."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.scratch import scratch
from cribble.kernels.shares import planned_order

ATTENTIONS = ("learned", "distance")
GRAPHS = ("hash", "batch")
_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Gais:
    """Graph-attention instance selection: of each class, the rows that others attend to most.

    Rows are hashed by random planes, in several views, and joined to their nearest rows of the
    same bucket; or they are dealt into batches at random, class by class, and joined within those.
    A network of two layers learns to tell the classes from a row and its neighbors, and a row's
    importance is the attention it receives, times the network's chance of its label.
    Classes keep their shares of the pool. It learns from a sample, and then attends over all rows.
    Attention received favors hubs: compare with random rows of each class. At 4 % of the rows of
    three small tables it beat those mostly, and stayed well behind all rows (claim ``gais``).

    Args:
        signal: Name of a pool signal, (n, d) float, standardized first.
        by: Name of the grouping that holds each row's label.
        attention: "learned", which needs the extra ``models``; "distance" attends by softmax of
            minus the squared distance, and takes for the chance of the label its share of the
            attention.
        graph: "hash" joins rows of a bucket; "batch" joins rows of a random batch of 1,000 at most,
            whose neighbors are farther, but cost the same in a pool of any size.
        neighbors: Neighbors a row and view.
        views: Number of views.
        bits: Planes a view of "hash"; None takes as many as leave 500 rows a bucket.
        confidence: Whether importance is multiplied by the chance of the label.
        epochs: Passes of learning over the sample.
        sample: Most rows to learn from.

    Raises:
        ParameterError: ``attention`` or ``graph`` is neither, or a number is below 1 (``bits``:
            below 0 or above 32).

    Source:
        Rustamov, Zaitouny and Zaki (2025), arXiv:2502.20293. Written from its abstract: sizes, the
        layers and the use of attention received are our own reading.
    """

    card: ClassVar[Card] = Card(
        "gais",
        family="coverage",
        needs=("embedding", "group"),
        cost="O(n d (2,000 + bits) views), and learning from the sample",
        memory="O(n (d + neighbors views + 64))",
        source="arXiv:2502.20293",
        out_of_core=False,
        explains=("score",),
    )
    signal: str = "embedding"
    by: str = "group"
    attention: str = "learned"
    graph: str = "hash"
    neighbors: int = 10
    views: int = 3
    bits: int | None = None
    confidence: bool = True
    epochs: int = 30
    sample: int = 4_000

    def __post_init__(self) -> None:
        if self.attention not in ATTENTIONS:
            raise ParameterError("attention", self.attention, " or ".join(map(repr, ATTENTIONS)))
        if self.graph not in GRAPHS:
            raise ParameterError("graph", self.graph, " or ".join(map(repr, GRAPHS)))
        for name in ("neighbors", "views", "epochs", "sample"):
            if getattr(self, name) < 1:
                raise ParameterError(name, getattr(self, name), "1 or more")
        if self.bits is not None and not 0 <= self.bits <= 32:
            raise ParameterError("bits", self.bits, "from 0 to 32")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the most important rows of every class within the budget.

        Returns:
            indices: (k,) int64 rows, most important first after the kept ones, class by turns.
            scores: (n,) float64 importance; without ``confidence`` its mean is 1.
            stats: ``sure``, the mean chance that rows' own labels get.

        Raises:
            SignalError: The signal is missing, is not (n, d), or is not finite everywhere.
            UnknownNameError: There is no such grouping.
            MissingPackageError: torch is not installed, and attention is to be learned.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        X = pool.signal(self.signal, ndim=2)
        labels = pool.groups(self.by).codes

        def attended() -> NDArray[np.float64]:
            return np.stack(self._attend(_standardized(X, pool.room(1 / 4)), labels, seed))

        received, sure = pool.derived(self.signal, self._name(labels, seed), attended)
        scores = received * sure if self.confidence else received
        order = ranked(limits, scores)
        plan = planned_order(labels[order], int(labels.max(initial=0)) + 1, limits.rows)
        return Selection(
            indices=Admission(limits).add_in_order(order[plan.places]),
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={"sure": float(sure.mean()) if len(sure) else None},
            pool=pool,
        )

    def _name(self, labels: NDArray[np.int64], seed: int) -> str:
        """What the attention follows from beside the rows: no budget, so it serves all of them."""
        settings = (
            self.attention,
            self.graph,
            self.neighbors,
            self.views,
            self.bits,
            self.epochs,
            self.sample,
        )
        known = hashlib.blake2b(np.ascontiguousarray(labels).tobytes(), digest_size=16)
        return f"attention {settings} {seed} {known.hexdigest()}"

    def _attend(
        self, points: NDArray[np.float32], labels: NDArray[np.int64], seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from cribble.kernels.attention import attend, attend_by_distance
        from cribble.signals.graph_attention import train_attention

        if not len(points):
            return np.zeros(0), np.zeros(0)
        near = self._near(points, labels, seed)
        if self.attention == "distance":
            return attend_by_distance(points, near, labels)
        rows = np.argsort(row_uniforms(seed, "gais sample", 0, len(points)), kind="stable")
        rows = np.sort(rows[: self.sample])
        whole = len(rows) == len(points)
        known = near if whole else self._near(points[rows], labels[rows], seed)
        layers = train_attention(
            points[rows],
            known,
            labels[rows],
            int(labels.max()) + 1,
            epochs=self.epochs,
            seed=seed,
        )
        return attend(points, near, labels, layers)

    def _near(
        self, points: NDArray[np.float32], labels: NDArray[np.int64], seed: int
    ) -> NDArray[np.int32]:
        from cribble.kernels.attention import batch_neighbors, hashed_neighbors

        count, views = self.neighbors, self.views
        if self.graph == "batch":
            return batch_neighbors(points, labels, count, views=views, size=_BATCH, seed=seed)
        return hashed_neighbors(points, count, views=views, bits=self.bits, seed=seed)


def _standardized(X: NDArray[np.floating], memory: int) -> NDArray[np.float32]:
    """Columns of mean 0 and standard deviation 1; those that do not vary become 0."""
    from cribble.kernels.distances import BLOCK, mean_row

    mean, total = mean_row(X), np.zeros(X.shape[1])
    points = scratch(X.shape, np.float32, memory)
    for start in range(0, len(X), BLOCK):
        total += ((X[start : start + BLOCK] - mean) ** 2).sum(axis=0)
    spread = np.sqrt(total / max(1, len(X)))
    scale = np.where(spread > 1e-12 * np.abs(mean), spread, np.inf)
    for start in range(0, len(X), BLOCK):
        points[start : start + BLOCK] = (X[start : start + BLOCK] - mean) / scale
    return points
