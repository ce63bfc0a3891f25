"""What can be measured about any subset of one pool, always on the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.kernels.scratch import taken_rows
from cribble.metrics import (
    coverage,
    entropy,
    mean_nearest_distance,
    mean_pairwise_distance,
    near_duplicate_share,
    vendi_score,
)
from cribble.metrics.blocked import mean_distances, nearest, sample_rows, unit_rows

# Work per subset stays near 10 GFLOP at 256 dimensions, whatever the pool and the budget.
_ROWS, _PAIRS, _WORK = 4_096, 2_000, 1 << 24
_MOST_GROUPINGS = 3
# On rows without any structure a greedy optimizer still gains 1-3% by fitting the noise of the
# rows it saw; on real embeddings it gains 8-18%.
_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric as a person reads it.

    Args:
        name: Key in results and JSON.
        label: A short line for tables.
        phrase: The same as part of a sentence.
        better: "lower" or "higher"; empty where neither is better by itself.
        claim: How a verdict begins where this metric is the headline and wins.
        least: The smallest value there can be; intervals end there.
        margin: Differences below this share of random's mean are called "same", however sure.
    """

    name: str
    label: str
    phrase: str
    better: str
    claim: str = ""
    least: float = 0.0
    margin: float = 0.0


TARGET = Measure(
    "target_divergence",
    "Divergence from the target",
    "the energy distance between picks and target",
    "lower",
    "Matches the target better than random",
    least=-np.inf,
    margin=_MARGIN,
)
COVERAGE = Measure(
    "coverage_distance",
    "Mean distance to the nearest pick",
    "the mean distance from an unpicked row to its nearest pick",
    "lower",
    "Covers the pool better than random",
    margin=_MARGIN,
)
ACCURACY = Measure(
    "probe_accuracy",
    "Accuracy of a linear probe on held-out rows",
    "the accuracy of a linear probe on held-out rows",
    "higher",
    "Teaches a linear probe better than random",
)
SURPRISE = Measure(
    "target_surprise",
    "Surprise of held-out target text (log perplexity)",
    "the surprise a token (log perplexity, nats) of held-out target text under an n-gram model "
    "of the picks",
    "lower",
    "Predicts the target better than random",
)
QUALITY = Measure(
    "mean_quality",
    "Mean quality",
    "the mean quality of the picks",
    "higher",
    "Picks rows of higher quality than random",
    least=-np.inf,
)

# The headline is the first of these that the pool supports. It is fixed by the job, before any
# number is known. With a target the job is to match it: a divergence in distribution is what no
# targeted method ranks rows by, and it punishes both missed and crowded parts of the target.
# Without one the job is to stand for the pool, judged on the rows that were not picked.
HEADLINES = (TARGET, COVERAGE, QUALITY)

_EMBEDDING = (
    COVERAGE,
    Measure(
        "coverage_quantile",
        "Distance within which 95% of rows have a pick",
        "the distance within which 95% of rows have a pick",
        "lower",
    ),
    Measure("coverage_radius", "Farthest row from any pick", "the covering radius", "lower"),
    Measure(
        "facility_share",
        "Facility-location value reached",
        "the share of facility-location value reached",
        "higher",
    ),
    Measure(
        "vendi",
        "Effectively different picks (Vendi score)",
        "the number of effectively different picks",
        "higher",
    ),
    Measure(
        "pairwise_distance",
        "Mean distance between two picks",
        "the mean distance between picks",
        "higher",
    ),
    Measure(
        "spacing",
        "Distance of a pick to its nearest other pick",
        "the distance of a pick to its nearest other pick",
        "higher",
    ),
    Measure(
        "near_duplicates",
        "Picks that have a near-duplicate pick",
        "the share of near-duplicate picks",
        "lower",
    ),
    Measure(
        "pool_divergence",
        "Divergence from the pool",
        "the energy distance between picks and pool",
        "lower",
        least=-np.inf,
    ),
)
_TARGET = (
    TARGET,
    Measure(
        "target_reach",
        "Cosine of a target row to its best pick",
        "the mean cosine of a target row to its best pick",
        "higher",
        least=-1.0,
    ),
    Measure(
        "target_nearness",
        "Cosine of a pick to its best target row",
        "the mean cosine of a pick to its best target row",
        "higher",
        least=-1.0,
    ),
)
SHARES = frozenset({"facility_share", "near_duplicates", "probe_accuracy", "never_learned"})


class Panel:
    """Measures subsets of one pool, each on the same sample of rows.

    Args:
        pool: The pool; what it has decides what is measured.
        excluded: (n,) bool rows that no subset may hold; they are no part of what is covered.
        budget_rows: Number of picks to expect; large budgets are judged on fewer rows.
        seed: Seed of the samples.

    Attributes:
        measures: What `measure` returns, headline first.
        headline: The measure that decides the verdict; None where the pool supports none.
        rows: (m,) int64 rows on which coverage is judged.
    """

    def __init__(
        self, pool: Pool, excluded: NDArray[np.bool_], budget_rows: int, seed: int
    ) -> None:
        self._pool, self._seed = pool, seed
        work = _WORK // max(1, budget_rows)
        candidates = np.nonzero(~excluded)[0]
        kept = sample_rows(len(candidates), int(np.clip(work, 1_024, _ROWS)), seed, "evaluate")
        self.rows = candidates[kept]
        self._pairs = int(np.clip(work // 4, 512, _PAIRS))
        self._embedding = self._target = self._quality = None
        found: list[Measure] = []
        if pool.has("embedding") and pool.signal("embedding").ndim == 2 and len(self.rows) > 1:
            self._embedding = pool.signal("embedding")
            some = sample_rows(len(self.rows), 2 * self._pairs, seed, "pool pairs")
            self._sample = self._embedding[self.rows[some]]
            self._center = self._embedding[self.rows].mean(axis=0, dtype=np.float64)
            self._within_pool = float(mean_distances(self._sample).mean())
            self._target = _target_rows(pool, self._embedding.shape[1], seed)
            found += _EMBEDDING
        if self._target is not None:
            self._within_target = mean_pairwise_distance(self._target)
            found += _TARGET
        if pool.has("quality"):
            self._quality = pool.signal("quality", ndim=1)
            found.append(QUALITY)
        self._groupings = [
            name for name in pool.group_names if 1 < len(pool.groups(name).names) < len(pool)
        ][:_MOST_GROUPINGS]
        found += [_balance(name) for name in self._groupings]
        self.headline = next((one for one in HEADLINES if one in found), None)
        self.measures = tuple(sorted(found, key=lambda one: one is not self.headline))

    def measure(self, picks: NDArray[np.int64]) -> dict[str, float]:
        """Measure one subset of at least one row; a value that is undefined for it is NaN."""
        values: dict[str, float] = {}
        if self._embedding is not None:
            values |= self._spread(self._embedding, picks)
        if self._quality is not None:
            values["mean_quality"] = float(np.mean(self._quality[picks], dtype=np.float64))
        for name in self._groupings:
            groups = self._pool.groups(name)
            values[f"balance:{name}"] = entropy(groups.codes[picks], len(groups.names))
        return values

    def curve(
        self, picks: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> NDArray[np.float64] | None:
        """Mean distance to the nearest of the first s picks, for each size s, ascending.

        Judged on at most 1,024 rows that are not among ``picks``; None where the pool has no
        embedding or every row judged is a pick.
        """
        rows = self.rows[sample_rows(len(self.rows), 1_024, self._seed, "curve")]
        rows = rows[~np.isin(rows, picks)]
        if self._embedding is None or len(rows) == 0:
            return None
        queries, gaps = self._embedding[rows], np.full(len(rows), np.inf)
        means, start = np.empty(len(sizes)), 0
        for at, stop in enumerate(sizes.tolist()):
            np.minimum(gaps, nearest(queries, self._embedding[picks[start:stop]])[0], out=gaps)
            means[at], start = gaps.mean(), stop
        return means

    def _spread(self, embedding: NDArray[Any], picks: NDArray[np.int64]) -> dict[str, float]:
        # Sorted, so that the order of picks cannot move a sample or the last bits of a sum.
        picks = np.sort(picks)
        cover = coverage(embedding, picks, rows=self.rows, center=self._center)
        points = taken_rows(embedding, picks)
        some = points[sample_rows(len(points), self._pairs, self._seed, "pairs")]
        spread = mean_pairwise_distance(some)
        several = len(points) > 1
        values = {
            "coverage_distance": cover.mean,
            "coverage_quantile": cover.quantile,
            "coverage_radius": cover.radius,
            "facility_share": cover.share,
            "vendi": vendi_score(points),
            "pairwise_distance": spread if several else np.nan,
            "spacing": mean_nearest_distance(points, sample=self._pairs, seed=self._seed)
            if several
            else np.nan,
            "near_duplicates": near_duplicate_share(points, sample=self._pairs, seed=self._seed),
            "pool_divergence": _energy(some, self._sample, spread, self._within_pool),
        }
        if self._target is not None:
            unit = unit_rows(some)
            values["target_divergence"] = _energy(
                unit, self._target, mean_pairwise_distance(unit), self._within_target
            )
            reach, _ = nearest(self._target, unit_rows(points))
            near, _ = nearest(unit, self._target)
            # On unit rows the cosine is 1 - |a - b|^2 / 2.
            values["target_reach"] = float(np.mean(1 - reach**2 / 2))
            values["target_nearness"] = float(np.mean(1 - near**2 / 2))
        return values


def _balance(name: str) -> Measure:
    return Measure(f"balance:{name}", f"Evenness over {name}", f"the evenness over {name}", "")


def _energy(
    left: NDArray[Any], right: NDArray[Any], within_left: float, within_right: float
) -> float:
    return 2 * float(mean_distances(left, right).mean()) - within_left - within_right


def _target_rows(pool: Pool, width: int, seed: int) -> NDArray[Any] | None:
    parts = [one.signal("embedding") for one in pool.targets if one.has("embedding") and len(one)]
    parts = [one for one in parts if one.ndim == 2 and one.shape[1] == width]
    if not parts:
        return None
    rows = np.concatenate(parts)
    return unit_rows(rows[sample_rows(len(rows), _PAIRS, seed, "target")])
