"""Judges of a subset on rows that no method saw: one number, higher or lower is better."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups, Pool
from cribble.metrics import energy_distance, linear_probe, surprises
from cribble.metrics.blocked import nearest, unit_rows
from cribble.report.holdout import Split, halves
from cribble.report.measures import ACCURACY, COVERAGE, QUALITY, SURPRISE, TARGET, Measure
from cribble.signals.ngram import joined

Rows = NDArray[np.int64]


class Score(NamedTuple):
    """One subset on all that is held out, and on two halves of it.

    Args:
        whole: On all of it.
        validation: On the half by which the best of several subsets may be chosen.
        test: On the other half.
    """

    whole: float
    validation: float
    test: float


class Judge(Protocol):
    """Judges subsets of one pool on one split of it.

    Attributes:
        measure: What it measures.
        overlap: Rows judged on for each row that is learned from; 0 where nothing is split.
    """

    measure: Measure
    overlap: float

    def __call__(self, picks: Rows) -> Score:
        """Judge the picks, rows of the whole pool, ascending, at least one."""
        ...


def judge_of(pool: Pool, split: Split, labels: Groups | None, seed: int) -> Judge | None:
    """The judge that the job asks for, fixed before any number is known; None if there is none.

    With labels to probe it is a linear probe. With a target it is how well the picks predict
    its held-out text, or, without text, match its held-out vectors. Otherwise it is how well
    the picks cover held-out rows of the pool, and where there are only scores, their mean.
    """
    vectors = pool.has("embedding") and pool.signal("embedding").ndim == 2
    if labels is not None and vectors:
        return ProbeJudge(pool, split, labels, seed)
    if pool.targets and pool.has_text and all(one.has_text for one in pool.targets):
        return SurpriseJudge(pool, split, seed)
    if pool.targets and vectors and all(one.has("embedding") for one in pool.targets):
        return MatchJudge(pool, split, seed)
    if vectors:
        return CoverageJudge(pool, split, seed)
    return QualityJudge(pool) if pool.has("quality") else None


class ProbeJudge:
    """Accuracy on held-out rows of a linear probe that is trained on the picks."""

    measure = ACCURACY

    def __init__(self, pool: Pool, split: Split, labels: Groups, seed: int) -> None:
        self.overlap = split.overlap
        self._vectors, self._labels = pool.signal("embedding", ndim=2), labels.codes
        self._held, self._parts = split.held, halves(len(split.held), seed)
        self._queries = self._vectors[self._held]

    def __call__(self, picks: Rows) -> Score:
        """Train and test."""
        told = linear_probe(self._vectors[picks], self._labels[picks], self._queries)
        right = told == self._labels[self._held]
        return Score(*(float(right[part].mean()) for part in (slice(None), *self._parts)))


class SurpriseJudge:
    """Mean surprise a token of held-out target text under an n-gram model of the picks.

    It is the logarithm of the perplexity, whose own differences hang on the worst draw alone.
    """

    measure = SURPRISE

    def __init__(self, pool: Pool, split: Split, seed: int) -> None:
        self.overlap = split.target_overlap
        self._pool = pool
        self._held = list(joined(split.targets).text_blocks())
        self._parts = halves(sum(map(len, self._held)), seed)

    def __call__(self, picks: Rows) -> Score:
        """Count the n-grams of the picks, and predict."""
        nats, tokens = surprises(self._pool.text_blocks(), self._held, picks)
        return Score(
            *(
                math.fsum(nats[part]) / max(1, int(tokens[part].sum()))
                for part in (slice(None), *self._parts)
            )
        )


class MatchJudge:
    """Energy distance between the picks and held-out target vectors, all of length 1."""

    measure = TARGET

    def __init__(self, pool: Pool, split: Split, seed: int) -> None:
        self.overlap = split.target_overlap
        self._vectors = pool.signal("embedding", ndim=2)
        rows = [one.signal("embedding", ndim=2) for one in split.targets]
        self._target = unit_rows(np.concatenate(rows))
        self._parts = halves(len(self._target), seed)

    def __call__(self, picks: Rows) -> Score:
        """Compare the distributions."""
        unit = unit_rows(self._vectors[picks])
        return Score(*(_energy(unit, self._target[part]) for part in (slice(None), *self._parts)))


class CoverageJudge:
    """Mean distance from held-out rows of the pool to their nearest pick."""

    measure = COVERAGE

    def __init__(self, pool: Pool, split: Split, seed: int) -> None:
        self.overlap = split.overlap
        self._vectors = pool.signal("embedding", ndim=2)
        self._queries = self._vectors[split.held]
        self._parts = halves(len(split.held), seed)

    def __call__(self, picks: Rows) -> Score:
        """Look for the nearest picks."""
        gaps, _ = nearest(self._queries, self._vectors[picks])
        return Score(*(float(gaps[part].mean()) for part in (slice(None), *self._parts)))


class QualityJudge:
    """Mean quality of the picks; there is nothing to hold out."""

    measure = QUALITY

    def __init__(self, pool: Pool) -> None:
        self.overlap = 0.0
        self._quality = pool.signal("quality", ndim=1)

    def __call__(self, picks: Rows) -> Score:
        """Average."""
        mean = float(self._quality[picks].mean(dtype=np.float64))
        return Score(mean, mean, mean)


def _energy(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    return energy_distance(left, right).value if min(len(left), len(right)) > 1 else math.nan
