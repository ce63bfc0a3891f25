"""Cheap judges for a race: what the picks teach about rows that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.metrics import surprises
from cribble.metrics.blocked import mean_distances, unit_rows
from cribble.signals.ngram import joined

Rows = NDArray[np.int64]
_RIDGE = 0.1


class LabelJudge:
    """Error of a linear classifier that learns from the picks: least squares on class indicators.

    Args:
        vectors: (n, d) rows to choose from.
        labels: (n, t) int64 classes, one column a task.
        queries: (h, d) held-out rows.
        truth: (h, t) int64 their classes.
    """

    def __init__(
        self, vectors: NDArray[Any], labels: Rows, queries: NDArray[Any], truth: Rows
    ) -> None:
        center = vectors.mean(axis=0, dtype=np.float64)
        self._vectors, self._queries = (
            unit_rows(one - center).astype(np.float64) for one in (vectors, queries)
        )
        self._labels, self._truth = labels, truth
        self._sizes = (labels.max(axis=0, initial=-1) + 1).tolist()

    def losses(self, picks: Rows) -> NDArray[np.float64]:
        """Share of the tasks in which each held-out row is labeled wrong."""
        points, codes = self._vectors[picks], self._labels[picks]
        origin = points.mean(axis=0)
        aims = np.hstack(
            [codes[:, [task]] == np.arange(size) for task, size in enumerate(self._sizes)]
        )
        levels = aims.mean(axis=0)
        weights = _ridge(points - origin, aims - levels)
        # A class that no pick has is never told.
        scores = (self._queries - origin) @ weights + np.where(levels > 0, levels, -np.inf)
        wrong = np.zeros(len(scores))
        ends = np.cumsum(self._sizes)
        for task, (end, size) in enumerate(zip(ends, self._sizes, strict=True)):
            wrong += scores[:, end - size : end].argmax(axis=1) != self._truth[:, task]
        return wrong / len(self._sizes)


def _ridge(points: NDArray[np.float64], aims: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ridge regression, (d, c): by whichever of the two Gram matrices is smaller."""
    wide = points.shape[0] < points.shape[1]
    gram = points @ points.T if wide else points.T @ points
    gram[np.diag_indices(len(gram))] += _RIDGE
    known = aims if wide else points.T @ aims
    solved: NDArray[np.float64] = np.linalg.solve(gram, known).astype(np.float64, copy=False)
    return points.T @ solved if wide else solved


class TextJudge:
    """Surprise of held-out target text under an n-gram model of the picks.

    Args:
        pool: What is chosen from.
        held: Target rows that were held out.
    """

    def __init__(self, pool: Pool, held: Sequence[Pool]) -> None:
        self._pool, self._held = pool, list(joined(held).text_blocks())

    def losses(self, picks: Rows) -> NDArray[np.float64]:
        """Nats of each held-out text, over the mean number of tokens."""
        nats, tokens = surprises(self._pool.text_blocks(), self._held, picks)
        return nats / max(1.0, float(tokens.mean()))


class MatchJudge:
    """Energy distance of the picks to held-out target rows, less what no pick can change.

    Args:
        vectors: (n, d) rows to choose from.
        held: (h, d) target rows that were held out.
    """

    def __init__(self, vectors: NDArray[Any], held: NDArray[Any]) -> None:
        self._vectors, self._held = unit_rows(vectors), unit_rows(held)

    def losses(self, picks: Rows) -> NDArray[np.float64]:
        """Twice the mean distance of each held-out row, less that within the picks."""
        points = self._vectors[picks]
        return 2 * mean_distances(self._held, points) - float(mean_distances(points).mean())
