"""How well the picks stand for the rows that were not picked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.scratch import taken_rows
from cribble.metrics.blocked import nearest

# Rows that are copied at once.
_BLOCK = 8_192


@dataclass(frozen=True, slots=True)
class Coverage:
    """Distances from the rows that were not picked to their nearest pick.

    Args:
        mean: Mean distance, in the unit of the embedding.
        quantile: The distance that 95% of the rows do not exceed.
        radius: The largest distance.
        share: Value of phantom facility location over the same rows, as a share of the value
            that all rows together would have, in [0, 1].
        rows: Number of rows that were evaluated.
    """

    mean: float
    quantile: float
    radius: float
    share: float
    rows: int


def coverage(
    embedding: NDArray[Any],
    picks: NDArray[np.int64],
    *,
    rows: NDArray[np.int64] | None = None,
    center: NDArray[np.float64] | None = None,
) -> Coverage:
    """Measure how near the unpicked rows are to the picks; a pick never counts for itself.

    Phantom facility location gives a pick j the worth max(0, |x_i - c|^2 - |x_i - x_j|^2) for
    row i: what it explains beyond the point c that one gets for free. Plain cosine would give a
    random subset nearly full marks and hide every difference.

    Args:
        embedding: (n, d) float rows; Euclidean distances, in its unit.
        picks: (k,) int64 row numbers.
        rows: (m,) int64 rows to evaluate, such as a seeded sample; picks among them are left
            out. None for all rows.
        center: (d,) the phantom point c; None for the mean of ``rows``.

    Returns:
        All zeros and share 1 where every row is picked.

    Raises:
        ParameterError: There are no picks.

    Source:
        Radius: Gonzalez (1985), doi:10.1016/0304-3975(85)90224-5. Phantom exemplar: Gomes and
        Krause (2010), Budgeted nonparametric learning from data streams, ICML.
    """
    picks = np.asarray(picks, dtype=np.int64)
    if len(picks) == 0:
        raise ParameterError("picks", "empty", "at least one row")
    rows = np.arange(len(embedding), dtype=np.int64) if rows is None else rows
    left = rows[~np.isin(rows, picks)]
    if len(left) == 0:
        return Coverage(0.0, 0.0, 0.0, 1.0, 0)
    center = _mean(embedding, rows) if center is None else center
    gaps = np.empty(len(left))
    free = np.empty(len(left))
    points = taken_rows(embedding, picks)
    for start in range(0, len(left), _BLOCK):
        part = slice(start, start + _BLOCK)
        queries = embedding[left[part]]
        gaps[part], _ = nearest(queries, points)
        offset = queries.astype(np.float64) - center
        free[part] = np.einsum("ij,ij->i", offset, offset)
    total = float(free.sum())
    explained = float(np.maximum(free - gaps**2, 0).sum())
    return Coverage(
        mean=float(gaps.mean()),
        quantile=float(np.quantile(gaps, 0.95)),
        radius=float(gaps.max()),
        share=explained / total if total > 0 else 1.0,
        rows=len(left),
    )


def _mean(embedding: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.zeros(embedding.shape[1])
    for start in range(0, len(rows), _BLOCK):
        total += embedding[rows[start : start + _BLOCK]].sum(axis=0, dtype=np.float64)
    return total / len(rows)
