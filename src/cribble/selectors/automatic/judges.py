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
        labels: (n,) int64 their classes.
        queries: (h, d) held-out rows.
        truth: (h,) int64 their classes.
    """

    def __init__(
        self,
        vectors: NDArray[Any],
        labels: Rows,
        queries: NDArray[Any],
        truth: Rows,
    ) -> None:
        center = vectors.mean(axis=0, dtype=np.float64)
        self._vectors, self._queries = (
            unit_rows(one - center).astype(np.float64) for one in (vectors, queries)
        )
        self._labels, self._truth = labels, truth

    def losses(self, picks: Rows) -> NDArray[np.float64]:
        """1 for each held-out row that is labeled wrong, else 0."""
        points, codes = self._vectors[picks], self._labels[picks]
        known = np.unique(codes)
        aims = (codes[:, None] == known).astype(np.float64)
        origin, level = points.mean(axis=0), aims.mean(axis=0)
        points = points - origin
        gram = points.T @ points
        gram[np.diag_indices(len(gram))] += _RIDGE
        weights = np.linalg.solve(gram, points.T @ (aims - level))
        told = known[((self._queries - origin) @ weights + level).argmax(axis=1)]
        wrong: NDArray[np.float64] = (told != self._truth).astype(np.float64)
        return wrong


class MeanJudge:
    """Several judges of the same held-out rows, averaged."""

    def __init__(self, judges: Sequence[LabelJudge]) -> None:
        self._judges = judges

    def losses(self, picks: Rows) -> NDArray[np.float64]:
        """Mean loss of each held-out row."""
        mean: NDArray[np.float64] = np.mean([one.losses(picks) for one in self._judges], axis=0)
        return mean


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
        nats, tokens = surprises(self._pool.part(picks).text_blocks(), self._held)
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
