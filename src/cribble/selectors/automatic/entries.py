"""Which methods fit a pool, and by what they are judged: decided by what it has, not by numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, Selector, row_uniforms, stream
from cribble.selectors import catalogue
from cribble.selectors.automatic.judges import LabelJudge, MatchJudge, TextJudge
from cribble.selectors.automatic.race import RISK, ROUNDS, Heat

Rows = NDArray[np.int64]
MakeHeat = Callable[[Rows, Rows, float, int, int], Callable[[], Heat]]

LABEL = "label"
# With fewer rows a class, a column names rows rather than classes.
_ROWS_A_CLASS = 4
# Held-out quarters of fewer target rows tell nothing, and the rows near the target are asked for.
_LEAST_TARGET = 12
# Clusters stand for labels nobody knows: few and many, as real tasks have few and many classes.
# What is learned about clusters carries over in part, so a small lead is none; and the rounds
# share the pool that the clusters come from, so their risk is set lower than it has to be.
_CLUSTERS, _ITERATIONS, _CLUSTER_MARGIN, _CLUSTER_RISK = (10, 50), 10, 0.02, 0.01


@dataclass(frozen=True, slots=True)
class Entry:
    """The race that fits a pool.

    Args:
        seen: What the pool has, in words.
        judged: What decides, in words.
        methods: The methods by name.
        judge: From rows to choose from, rows held out, the share to choose, the round and the
            seed to a round of the race; None where there is nothing to race.
        margin: The least lead over random that counts.
        risk: Chance that a method that is no better wins.
    """

    seen: str
    judged: str
    methods: Mapping[str, Selector]
    judge: MakeHeat | None
    margin: float = 0.0
    risk: float = RISK


def entry_of(pool: Pool) -> Entry | None:
    """Find the race for a pool; None where it has nothing to choose by.

    Raises:
        SignalError: A signal is malformed.
    """
    vectors = pool.has("embedding") and pool.signal("embedding").ndim == 2
    texts = pool.has_text and all(one.has_text for one in pool.targets)
    if pool.targets:
        pool.target_pools()
        aimed = vectors and all(one.has("embedding") for one in pool.targets)
        if texts or aimed:
            return _target(pool, texts, aimed)
    if vectors and LABEL in pool.group_names:
        classes = len(pool.groups(LABEL).names)
        if 2 <= classes <= len(pool) // _ROWS_A_CLASS:
            return _labels(pool, classes)
    if vectors:
        return Entry(
            seen="vectors, and neither labels nor a target",
            judged="accuracy on the clusters of held-out rows",
            methods=_made("facility-location"),
            judge=partial(_cluster_heat, pool),
            margin=_CLUSTER_MARGIN,
            risk=_CLUSTER_RISK,
        )
    if pool.has("quality"):
        return Entry("a quality signal, and neither vectors nor text", "", _made("top-score"), None)
    return None


def _made(*names: str) -> dict[str, Selector]:
    return {name: catalogue.make(name) for name in names}


def _target(pool: Pool, texts: bool, vectors: bool) -> Entry:
    names = [*(["rds-plus"] if vectors else []), *(["dsir"] if texts else [])]
    if sum(map(len, pool.targets)) < _LEAST_TARGET:
        seen = "a target of too few rows to hold some out"
        return Entry(seen=seen, judged="", methods=_made(*names), judge=None)
    return Entry(
        seen="a target",
        judged="surprise a token of held-out target text (nats)"
        if texts
        else "energy distance to held-out target rows",
        methods=_made(*names),
        judge=partial(_target_heat, pool, texts),
    )


def _labels(pool: Pool, classes: int) -> Entry:
    # Few methods: each shares the risk of the others, and costs its runs.
    by_label = ("grouped-herding", "grouped-facility-location")
    methods = {name: catalogue.make(name, by=LABEL) for name in by_label}
    return Entry(
        seen=f"vectors and labels of {classes:,} classes",
        judged="accuracy of a linear classifier on held-out rows",
        methods=methods,
        judge=partial(_label_heat, pool, pool.groups(LABEL).codes),
    )


def _picks(share: float, rows: int) -> int:
    return int(np.clip(round(share * rows), 1, rows))


def _label_heat(
    pool: Pool,
    codes: Rows,
    part: Rows,
    held: Rows,
    share: float,
    number: int,
    seed: int,
) -> Callable[[], Heat]:
    def make() -> Heat:
        vectors = pool.signal("embedding", ndim=2)
        judge = LabelJudge(vectors[part], codes[part, None], vectors[held], codes[held, None])
        return Heat(pool.part(part), _picks(share, len(part)), judge)

    return make


def _cluster_heat(
    pool: Pool, part: Rows, held: Rows, share: float, number: int, seed: int
) -> Callable[[], Heat]:
    def make() -> Heat:
        vectors = pool.signal("embedding", ndim=2)[np.concatenate([part, held])]
        twin = _without_structure(vectors, stream(seed, f"race null {number}"))
        picks = _picks(share, len(part))
        # Other clusters at each round, so that no lead hangs on one run of k-means.
        judges = [_clusters(one, len(part), seed + number) for one in (vectors, twin)]
        null = Heat(Pool.from_array(twin[: len(part)]), picks, judges[1])
        return Heat(pool.part(part), picks, judges[0], null)

    return make


def _clusters(vectors: NDArray[Any], part: int, seed: int) -> LabelJudge:
    """Judge the first ``part`` rows by the clusters of the others."""
    from cribble.kernels.kmeans import k_means

    columns = []
    for asked in _CLUSTERS:
        clusters = max(2, min(asked, len(vectors) // _ROWS_A_CLASS))
        found = k_means(vectors, clusters, seed=seed, iterations=_ITERATIONS)
        columns.append(found.assignment.astype(np.int64))
    codes = np.stack(columns, axis=1)
    return LabelJudge(vectors[:part], codes[:part], vectors[part:], codes[part:])


def _without_structure(vectors: NDArray[Any], draws: np.random.Generator) -> NDArray[np.float32]:
    """Normal rows with the mean and the covariance of the given ones."""
    center = vectors.mean(axis=0, dtype=np.float64)
    offsets = vectors.astype(np.float64) - center
    values, axes = np.linalg.eigh(offsets.T @ offsets / max(1, len(vectors)))
    normal = draws.standard_normal(vectors.shape) * np.sqrt(np.maximum(values, 0.0))
    found: NDArray[np.float32] = (normal @ axes.T + center).astype(np.float32)
    return found


def _target_heat(
    pool: Pool, texts: bool, part: Rows, held: Rows, share: float, number: int, seed: int
) -> Callable[[], Heat]:
    def make() -> Heat:
        splits = [_split(one, number, seed) for one in pool.targets]
        shown = pool.part(part).adding(targets=[one for one, _ in splits])
        aims = [one for _, one in splits]
        judge: Any
        if texts:
            judge = TextJudge(shown, aims)
        else:
            rows = [one.signal("embedding", ndim=2) for one in aims]
            judge = MatchJudge(shown.signal("embedding", ndim=2), np.concatenate(rows))
        return Heat(shown, _picks(share, len(part)), judge)

    return make


def _split(target: Pool, number: int, seed: int) -> tuple[Pool, Pool]:
    """A target without a quarter of its rows, and these; the whole twice if there are too few."""
    if len(target) < ROUNDS:
        return target, target
    order = np.argsort(row_uniforms(seed, "race target", 0, len(target)), kind="stable")
    held = order[number::ROUNDS]
    rest = np.setdiff1d(np.arange(len(target)), held)
    return target.part(rest), target.part(np.sort(held))
