"""The rounds of a race: rows to choose from, and who judges the choice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, row_uniforms, stream
from cribble.selectors.automatic.judges import LabelJudge, MatchJudge, TextJudge
from cribble.selectors.automatic.race import Heat
from cribble.selectors.automatic.sample import Sample, first_of_equals

Rows = NDArray[np.int64]

# Clusters stand for labels nobody knows: few and many, as real tasks have few and many classes.
# What is learned about clusters carries over in part, so a small lead is none; and the rounds
# share the pool that the clusters come from, so their risk is set lower than it has to be.
_CLUSTERS, _ITERATIONS = (10, 50), 10
CLUSTER_MARGIN, CLUSTER_RISK = 0.02, 0.01
_ROWS_A_CLUSTER = 4


def label_heat(grouping: str, sample: Sample, costs: str, number: int, seed: int) -> Heat:
    """A linear classifier learns labels from the picks."""
    part, held = sample.turn(number)
    vectors = sample.pool.signal("embedding", ndim=2)
    codes = sample.pool.groups(grouping).codes[:, None]
    judge = LabelJudge(vectors[part], codes[part], vectors[held], codes[held])
    return Heat(sample.pool.part(part), sample.budget(part, costs), judge)


def cluster_heat(grouping: str, sample: Sample, costs: str, number: int, seed: int) -> Heat:
    """A linear classifier learns clusters from the picks, here and without structure."""
    rows = np.concatenate(turn := sample.turn(number))
    part, size = turn[0], len(turn[0])
    vectors = sample.pool.signal("embedding", ndim=2)[rows]
    groups = [sample.pool.groups(grouping).codes[rows]] if grouping else []
    pool, budget = sample.pool.part(part), sample.budget(part, costs)

    def null() -> Heat:
        twin = _without_structure(vectors, stream(seed, f"race null {number}"))
        plain = pool.adding(signals={"embedding": twin[:size]})
        return Heat(plain, budget, _clusters(twin, groups, size, seed + number))

    # Other clusters at each round, so that no lead hangs on one run of k-means.
    return Heat(pool, budget, _clusters(vectors, groups, size, seed + number), null)


def _clusters(vectors: NDArray[Any], groups: list[Rows], part: int, seed: int) -> LabelJudge:
    """Judge the first ``part`` rows by the clusters and the groups of the others."""
    from cribble.kernels.kmeans import k_means

    columns = list(groups)
    for asked in _CLUSTERS:
        clusters = max(2, min(asked, len(vectors) // _ROWS_A_CLUSTER))
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


def target_heat(texts: bool, sample: Sample, costs: str, number: int, seed: int) -> Heat:
    """Target rows are held out: how likely, or how near, do the picks make them?"""
    part, _ = sample.turn(number)
    splits = [_split(one, sample.rounds, number, seed) for one in sample.pool.targets]
    # In memory: each subset that is judged reads its texts.
    shown = sample.pool.part(part).in_memory().adding(targets=[one for one, _ in splits])
    aims = [one for _, one in splits]
    judge: Any
    if texts:
        judge = TextJudge(shown, aims)
    else:
        rows = [one.signal("embedding", ndim=2) for one in aims]
        judge = MatchJudge(shown.signal("embedding", ndim=2), np.concatenate(rows))
    return Heat(shown, sample.budget(part, costs), judge)


def _split(target: Pool, rounds: int, number: int, seed: int) -> tuple[Pool, Pool]:
    """A target without the rows that a round holds out, and these.

    Rows of equal text are held out together; a target that cannot be split is whole in both.
    """
    rows = np.arange(len(target))
    first = rows
    if target.has_text:
        first = first_of_equals([text for block in target.text_blocks() for text in block])
    families = np.unique(first)
    if len(families) < 2:
        return target, target
    draws = row_uniforms(seed, "race target", 0, len(target))
    families = families[np.argsort(draws[families], kind="stable")]
    step = min(rounds, len(families))
    held = np.isin(first, families[number % step :: step])
    return target.part(rows[~held]), target.part(rows[held])
