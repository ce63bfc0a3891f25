"""How many labels of a pool are wrong, as far as its vectors can tell."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.metrics.blocked import sample_rows, unit_rows

_NEIGHBORS, _ASKED, _LEAST_ROWS, _LEAST_SURE = 10, 1_000, 50, 20
_SURE, _RIDGE = 0.1, 0.1
# Measured on 18 text, image and pen sets as they are, and with 10 to 40% of the labels changed:
# `docs/decisions/0075-wrong-labels.md`.
_MANY, _CLEAR, _CLEAR_SPREAD, _DIM, _DIM_SPREAD, _CHANCE = 0.12, 0.45, 0.55, 0.75, 0.7, 2.5
_MANY_CLASSES, _MANY_SPREAD = 0.85, 0.45


class _Guess(NamedTuple):
    """What a classifier says of some rows, none of which it learned from its own label.

    Args:
        rows: (m,) int64 the rows.
        labels: (m,) int64 the label it gives.
        sure: (m,) float64 how sure it is; only the order counts.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    sure: NDArray[np.float64]


def wrong_labels(vectors: NDArray[Any], codes: NDArray[np.int64], seed: int = 0) -> float:
    """Estimate the share of wrong labels where it is large and the vectors can tell; else 0.

    A hard task has rows that look like another class, but also rows that are plain: where a
    classifier is surest, it is right. Wrong labels are everywhere. So the share is read off the
    tenth of rows of which a classifier is surest, and counts only if the labels of that tenth are
    hardly better than those of all, while the classifier is clearly better than chance. It is the
    better of a linear one and one by neighbors, each without the row's own label.

    Args:
        vectors: (n, d) rows.
        codes: (n,) int64 classes.
        seed: Seed of the sample that the classifier by neighbors is asked of, 1,000 rows.

    Returns:
        Share in [0, 1).

    Source:
        Wrong labels where a model is sure: Northcutt et al. (2021), doi:10.1613/jair.1.12125.
    """
    classes = int(codes.max(initial=0)) + 1
    if len(codes) < _LEAST_ROWS or classes < 2:
        return 0.0
    unit = unit_rows(vectors - vectors.mean(axis=0, dtype=np.float64)).astype(np.float64)
    guesses = (_linear(unit, codes, classes), _by_neighbors(unit, codes, classes, seed))
    best = min(guesses, key=lambda one: float(np.mean(one.labels != codes[one.rows])))
    against = best.labels != codes[best.rows]
    surest = np.argsort(-best.sure, kind="stable")
    surest = surest[: max(_LEAST_SURE, int(_SURE * len(surest)))]
    found, anywhere = float(against[surest].mean()), float(against.mean())
    frequency = np.bincount(codes, minlength=classes) / len(codes)
    by_chance = float(1 - frequency[best.labels[surest]].mean())
    slack = _CHANCE * (found * (1 - found) / len(surest)) ** 0.5
    if found < _MANY or found > _DIM * by_chance or found + slack > by_chance:
        return 0.0
    spread = _CLEAR_SPREAD if found <= _CLEAR * by_chance else _DIM_SPREAD
    # Among many classes rows that are plain are told almost without error, however hard the others.
    if found <= _CLEAR * by_chance and by_chance >= _MANY_CLASSES:
        spread = _MANY_SPREAD
    return found if found >= spread * anywhere else 0.0


def _linear(unit: NDArray[np.float64], codes: NDArray[np.int64], classes: int) -> _Guess:
    """Ridge regression on the classes, each row left out of its own fit in closed form."""
    size, width = unit.shape
    design = np.hstack([unit, np.ones((size, 1))])
    told = np.zeros((size, classes))
    told[np.arange(size), codes] = 1
    told -= told.mean(axis=0)
    gram = design.T @ design + _RIDGE * size / width * np.eye(width + 1)
    solved = np.linalg.solve(gram, design.T)
    own = np.einsum("ij,ji->i", design, solved)[:, None]
    scores = (design @ (solved @ told) - own * told) / (1 - own)
    two = np.partition(scores, classes - 2, axis=1)[:, -2:]
    return _Guess(np.arange(size), scores.argmax(axis=1), two[:, 1] - two[:, 0])


def _by_neighbors(
    unit: NDArray[np.float64], codes: NDArray[np.int64], classes: int, seed: int
) -> _Guess:
    from cribble.kernels.topk import blocked_top

    asked = sample_rows(len(unit), _ASKED, seed, "labels")
    near = blocked_top(unit[asked], unit, _NEIGHBORS + 1).rows
    # A row is no neighbor of itself; where copies hide it, the last one goes.
    own = near == asked[:, None]
    own[~own.any(axis=1), -1] = True
    votes = codes[near[~own].reshape(len(asked), _NEIGHBORS)]
    counts = np.zeros((len(asked), classes), dtype=np.int64)
    np.add.at(counts, (np.arange(len(asked))[:, None], votes), 1)
    return _Guess(asked, counts.argmax(axis=1), counts.max(axis=1).astype(np.float64))
