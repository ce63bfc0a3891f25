"""Adapt-infinity: equal shares of skills, each ranged by the score that tells its rows apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission, ranked
from cribble.core import Budget, Card, Limits, Pool, Selection, row_uniforms
from cribble.core.errors import ParameterError
from cribble.kernels.cells import Cells, cells_of
from cribble.kernels.cluster_count import check_clusters, count_clusters
from cribble.kernels.shares import nested_shares, planned_order

STEPS = ("train", "retain")
_BINS, _EDGE = 50, 4.0
_CELL_ROWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptInfinity:
    """Choose what to train on from a pool that grows, and what of it to hold on to.

    Rows are clustered into skills, which get equal shares of the budget; a skill that has fewer
    rows gives them all. Each skill uses the score that spreads its rows best: the one of largest
    entropy over bins of standard deviations.

    - "train": the rows of a skill that score lowest and highest are set aside; the range of the
      others is cut into strata of equal width, which get equal shares and are drawn from at
      random. Rows set aside come where no others are left, the least extreme first.
    - "retain": a skill gives the rows that are least like any row of it that scores higher. Run it
      with the largest number of rows to store, between two rounds of training. Likeness is
      searched among about a thousand rows around each row.

    Kept rows count in their skill.

    Args:
        signal: Name of a pool signal, (n, d) float, to cluster; the source takes gradients of the
            last layer, projected and scaled to length 1.
        scores: Names of pool signals, (n,) numbers, in either direction, such as a loss, its
            entropy and the length of a gradient.
        step: "train" or "retain".
        likeness: Name of the pool signal, (n, d) float, whose cosines "retain" compares; None
            takes ``signal``. The source takes hidden states.
        clusters: Number of skills; "auto" takes the number of best silhouette, "multicut" what a
            multicut of a sample gives, "mixture" what a mixture of Gaussians confirms.
        strata: Number of strata of a skill.
        tails: Share of a skill's rows that is set aside at each end, in [0, 1/2).

    Raises:
        ParameterError: ``scores`` is empty, ``step`` is neither, ``clusters`` or ``strata`` is not
            positive, or ``tails`` is not in [0, 1/2).

    Source:
        Maharana et al. (2025), arXiv:2410.10636. Its code sets the edges of its bins by the raw
        scores and may exceed the budget by rounding; here scores are standardized first, and
        strata are filled to one level.
    """

    card: ClassVar[Card] = Card(
        "adapt-infinity",
        family="coverage",
        needs=("embedding", "quality", "difficulty"),
        cost="O(n d clusters) per round of k-means; to retain, 1,000 n d beside",
        memory="O(n)",
        row_bytes=150,
        guarantee="every skill gives its equal share (plain row budgets)",
        source="arXiv:2410.10636",
        explains=("score",),
    )
    signal: str = "embedding"
    scores: tuple[str, ...] = ("quality", "difficulty")
    step: str = "train"
    likeness: str | None = None
    clusters: int | str = 10
    strata: int = 50
    tails: float = 0.05

    def __post_init__(self) -> None:
        if not self.scores:
            raise ParameterError("scores", self.scores, "the names of one or more scores")
        if self.step not in STEPS:
            raise ParameterError("step", self.step, " or ".join(map(repr, STEPS)))
        check_clusters(self.clusters)
        if self.strata < 1:
            raise ParameterError("strata", self.strata, "1 or more")
        if not 0 <= self.tails < 0.5:
            raise ParameterError("tails", self.tails, "in [0, 0.5)")

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick rows of every skill within the budget.

        Returns:
            indices: (k,) int64 rows, after the kept ones in the order of the skills' turns.
            scores: (n,) float64: to train, the score that each row's skill uses, in its standard
                deviations; to retain, minus the largest cosine to a row that scores higher.
            stats: ``skills``; ``used``, the score each uses; ``entropy``, in bits, of every score
                in each skill; ``picked``, rows picked of each skill.

        Raises:
            SignalError: A signal is missing, has a wrong shape or is not finite everywhere.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        limits = budget.resolve(pool)
        columns = [np.asarray(pool.signal(name, ndim=1), dtype=np.float64) for name in self.scores]
        X = pool.signal(self.signal, ndim=2)
        clusters = count_clusters(X, self.clusters, 1, seed=seed, spherical=True)
        skills = cells_of(X, clusters, seed=seed, spherical=True)
        usable = ~limits.excluded
        scores, used, entropy = _most_telling(columns, skills, usable)
        if self.step == "train":
            order = self._strata(limits, scores, skills, seed)
        else:
            scores = self._unlike(pool, limits, scores, skills.codes, seed)
            order = ranked(limits, scores)
            plan = planned_order(skills.codes[order], len(skills.centers), limits.rows, "equal")
            order = order[plan.places]
        indices = Admission(limits).add_in_order(order)
        return Selection(
            indices=indices,
            method=self.card.name,
            seed=seed,
            scores=scores,
            stats={
                "skills": len(skills.centers),
                "used": [self.scores[one] for one in used],
                "entropy": entropy.tolist(),
                "picked": np.bincount(
                    skills.codes[indices], minlength=len(skills.centers)
                ).tolist(),
            },
            pool=pool,
        )

    def _strata(
        self, limits: Limits, scores: NDArray[np.float64], skills: Cells, seed: int
    ) -> NDArray[np.int64]:
        """The rows inside the tails, each stratum's share first, and then those set aside."""
        number = len(skills.centers)
        codes = np.full(len(scores), -1, dtype=np.int64)
        aside, depth = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for skill in range(number):
            rows = np.nonzero((skills.codes == skill) & ~limits.excluded)[0]
            rows = rows[np.argsort(-scores[rows], kind="stable")]
            cut = int(self.tails * len(rows))
            inner = rows[cut : len(rows) - cut]
            high, low = scores[inner].max(initial=-np.inf), scores[inner].min(initial=np.inf)
            width = (high - low) / self.strata if high > low else 1.0
            place = np.minimum((high - scores[inner]) / width, self.strata - 1).astype(np.int64)
            codes[inner] = skill * self.strata + place
            aside += [rows[:cut][::-1], rows[len(rows) - cut :]]
            depth += [np.arange(cut), np.arange(cut)]
        order = ranked(limits, -row_uniforms(seed, "adapt-infinity", 0, len(scores)))
        order = order[codes[order] >= 0]
        shares, leaves = None, number * self.strata
        if limits.rows is not None:
            counts = np.bincount(codes[order], minlength=leaves)
            parents = (np.repeat(np.arange(number), self.strata),)
            shares = nested_shares(counts, parents, min(limits.rows, len(order)))
        plan = planned_order(codes[order], leaves, limits.rows, "equal", shares)
        inward = np.argsort(np.concatenate(depth), kind="stable")
        return np.concatenate([order[plan.places], np.concatenate(aside)[inward]])

    def _unlike(
        self,
        pool: Pool,
        limits: Limits,
        scores: NDArray[np.float64],
        skills: NDArray[np.int64],
        seed: int,
    ) -> NDArray[np.float64]:
        """Minus the largest cosine to a row of the skill that scores higher."""
        from cribble.kernels.redundancy import cell_redundancy

        Y = pool.signal(self.likeness or self.signal, ndim=2)
        near = cells_of(Y, max(1, len(pool) // _CELL_ROWS), seed=seed, spherical=True)
        codes = skills * max(1, len(near.centers)) + near.codes
        return -cell_redundancy(Y, codes, ranked(limits, scores))[0]


def _most_telling(
    columns: list[NDArray[np.float64]], skills: Cells, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], list[int], NDArray[np.float64]]:
    """For each skill standardize the scores and take the one of largest entropy.

    Returns:
        chosen: (n,) float64 standardized scores of the one used; 0 for unusable rows.
        used: Which one each skill uses, the first among equals.
        entropy: (skills, scores) float64, in bits.
    """
    chosen = np.zeros(len(usable))
    entropy = np.zeros((len(skills.centers), len(columns)))
    used = []
    for skill in range(len(entropy)):
        rows = np.nonzero((skills.codes == skill) & usable)[0]
        standard = [_standardized(column[rows]) for column in columns]
        entropy[skill] = [_entropy(values) for values in standard]
        used.append(int(entropy[skill].argmax()))
        chosen[rows] = standard[used[-1]]
    return chosen, used, entropy


def _standardized(values: NDArray[Any]) -> NDArray[np.float64]:
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))


def _entropy(values: NDArray[np.float64]) -> float:
    """Entropy in bits over 50 bins from -4 to 4; what lies beyond belongs to the last ones."""
    counts, _ = np.histogram(np.clip(values, -_EDGE, _EDGE), _BINS, (-_EDGE, _EDGE))
    shares = counts[counts > 0] / max(1, len(values))
    return float(-(shares * np.log2(shares)).sum()) + 0.0
