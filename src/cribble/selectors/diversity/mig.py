"""MIG: good rows of many labels, where like labels stand in for one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError, SignalError
from cribble.objectives.concave import SHAPES
from cribble.objectives.facility_location import Affinity
from cribble.objectives.label_graph import label_graph, label_information, label_means
from cribble.optimizers.knapsack import maximize

CONCAVE = tuple(shape for shape in SHAPES if shape != "cap")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mig:
    """Maximize the information that the picks hold on a graph of labels.

    A row gives its quality to each of its labels, and a label shares what it gets with the labels
    like it. The value is the sum over labels of a concave function of what they got, so quality
    counts less where much of it is. With one label for all rows this ranks by quality.

    Two labels are joined where the mean embeddings of their rows, seen from the mean of the pool,
    have a cosine of at least ``threshold``. The paper embeds the names of the labels instead. It
    adds the row of largest product with the gradient; we add the row of largest gain, which has a
    guarantee. Rows without a label gain nothing.

    Args:
        signal: Name of a pool signal, (n, d) float.
        label: Name of a signal, (n,) numbers, one class a row, or (n, L), how much of each label
            a row has, 0 or more; or of a grouping.
        quality: Name of a pool signal, (n,) float, 0 or more.
        separator: What stands between several labels in the name of a group; "" where a row has
            one label.
        threshold: Least cosine of two joined labels, above 0 and at most 1.
        spread: Weight of a joined label against the label itself, 0 or more; 0 joins none.
        normalize: Whether a row shares its quality among its labels, so that many labels do not
            count for more.
        concave: "power", (x + 1e-6)^0.8; "saturation", 1 - exp(-x); "sqrt", "log" or "ratio".

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Chen et al. (2025), MIG: Automatic Data Selection for Instruction Tuning by Maximizing
        Information Gain in Semantic Space, arXiv:2504.13835.
    """

    card: ClassVar[Card] = Card(
        "mig",
        family="diversity",
        needs=("embedding", "label", "quality"),
        cost="O(n d + L^2 d) for L labels, and O(labels of a row) a gain",
        memory="O(n d), and 12 bytes a row and label it reaches",
        row_bytes=300,
        guarantee="at least 1 - 1/e of the best under a row budget",
        source="arXiv:2504.13835",
        explains=("gain",),
    )
    signal: str = "embedding"
    label: str = "label"
    quality: str = "quality"
    separator: str = ""
    threshold: float = 0.9
    spread: float = 1.0
    normalize: bool = False
    concave: str = "power"

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ParameterError("threshold", self.threshold, "above 0 and at most 1")
        if not (self.spread >= 0 and np.isfinite(self.spread)):
            raise ParameterError("spread", self.spread, "finite and 0 or more")
        if self.concave not in CONCAVE:
            raise ParameterError("concave", self.concave, " or ".join(CONCAVE))

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick good rows of many labels; ``seed`` is not used.

        Returns:
            indices: (k,) int64 rows, in pick order, the kept ones first.
            gains: (k,) float64, what each pick added to the value.
            value: The information of the set.
            upper_bound: What no set within the budget exceeds.
            stats: ``labels``; ``joined``, pairs of them; ``unlabeled`` rows; ``reached``, labels
                that a pick has; ``evaluations``.

        Raises:
            SignalError: A signal is missing, malformed or not finite everywhere, or a quality or
                an amount of a label is negative.
            UnknownNameError: There are no such labels.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        quality = np.asarray(pool.signal(self.quality, ndim=1), dtype=np.float64)
        if len(negative := np.nonzero(quality < 0)[0]):
            found = f"row {pool.describe(int(negative[0]))} has {quality[negative[0]]:.6g}"
            raise SignalError(self.quality, found, "MIG adds qualities up: shift them to 0 or more")
        amounts = self._amounts(pool)
        points = Affinity.of(
            pool.signal(self.signal, ndim=2), "cosine", memory=pool.room(1 / 4)
        ).points
        graph = label_graph(label_means(points, amounts), self.threshold, self.spread)
        sizes = np.asarray(amounts.sum(axis=1), dtype=np.float64).ravel()
        if self.normalize:
            quality = quality / np.where(sizes > 0, sizes, 1.0)
        run = maximize(label_information(amounts, quality, graph, self.concave), limits)
        reached = np.asarray(amounts[run.indices].sum(axis=0)).ravel() > 0
        return Selection(
            indices=run.indices,
            method="mig",
            seed=seed,
            gains=run.gains,
            value=run.value,
            upper_bound=run.upper_bound,
            stats={
                "labels": amounts.shape[1],
                "joined": (graph.nnz - amounts.shape[1]) // 2,
                "unlabeled": int((sizes == 0).sum()),
                "reached": int(reached.sum()),
                "evaluations": run.evaluations,
            },
            pool=pool,
        )

    def _amounts(self, pool: Pool) -> Any:
        """How much of each label every row has, (n, L) sparse float64."""
        from scipy.sparse import csr_array

        rows = np.arange(len(pool))
        if self.label in pool.signal_names:
            values = pool.signal(self.label)
            if values.ndim == 2:
                if values.size and values.min() < 0:
                    raise SignalError(self.label, "an amount is negative", "give 0 or more")
                return csr_array(np.asarray(values, dtype=np.float64))
            names, codes = np.unique(values, return_inverse=True)
            return csr_array((np.ones(len(rows)), (rows, codes)), shape=(len(rows), len(names)))
        groups = pool.groups(self.label)
        pairs, labels = _parts(groups.names, self.separator)
        shape = (len(groups.names), len(labels))
        members = csr_array((np.ones(len(pairs)), tuple(pairs.T)), shape=shape)
        return members[groups.codes]


def _parts(names: tuple[str, ...], separator: str) -> tuple[NDArray[np.int64], list[str]]:
    """Pairs of a group and a label in its name, (p, 2) int64, and the labels in order."""
    parts = [
        sorted({part.strip() for part in name.split(separator)} - {""}) if separator else [name]
        for name in names
    ]
    labels = sorted({label for own in parts for label in own})
    place = {label: number for number, label in enumerate(labels)}
    pairs = [(group, place[label]) for group, own in enumerate(parts) for label in own]
    return np.asarray(pairs, dtype=np.int64).reshape(-1, 2), labels
