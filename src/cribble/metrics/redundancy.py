"""How much the picks repeat one another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.metrics.blocked import nearest, sample_rows, unit_rows


def near_duplicate_share(
    embedding: NDArray[Any],
    threshold: float = 0.95,
    *,
    sample: int | None = None,
    seed: int = 0,
) -> float:
    """Share of rows that have another row within a cosine similarity.

    Args:
        embedding: (k, d) rows, such as the picks. Two rows of zeros count as alike.
        threshold: Cosine similarity from which two rows are near-duplicates, in (-1, 1].
        sample: Look at this many rows, drawn with ``seed``, each against all others; None for
            all rows.
        seed: Seed of the sample.

    Returns:
        Share in [0, 1] of the rows looked at; 0 for fewer than two rows.

    Raises:
        ParameterError: ``threshold`` is outside (-1, 1].

    Source:
        Abbas et al. (2023), SemDeDup, arXiv:2303.09540.
    """
    if not -1 < threshold <= 1:
        raise ParameterError("threshold", threshold, "in (-1, 1]")
    if len(embedding) < 2:
        return 0.0
    unit = unit_rows(embedding)
    rows = sample_rows(len(unit), sample, seed, "near duplicates")
    gaps, _ = nearest(unit[rows], unit, own=rows)
    # On unit rows |a - b|^2 = 2 - 2 cos; the slack forgives the rounding of lengths.
    slack = 1e-6 if unit.dtype == np.float32 else 1e-12
    return float(np.mean(gaps**2 <= 2 - 2 * threshold + slack))


def min_pairwise_distance(
    embedding: NDArray[Any], *, sample: int | None = None, seed: int = 0
) -> float:
    """Find the smallest Euclidean distance between two rows.

    Args:
        embedding: (k, d) rows, such as the picks.
        sample: Look at this many rows, each against all others; the result is then an upper
            bound. None for all rows.
        seed: Seed of the sample.

    Returns:
        The distance, in the unit of the rows; inf for fewer than two rows.
    """
    gaps = _nearest_others(embedding, sample, seed)
    return float(gaps.min()) if len(gaps) else float("inf")


def mean_nearest_distance(
    embedding: NDArray[Any], *, sample: int | None = None, seed: int = 0
) -> float:
    """Average the Euclidean distance of a row to its nearest other row.

    Unlike the smallest distance, whose chance values spread over orders of magnitude, it can be
    compared between subsets.

    Args:
        embedding: (k, d) rows, such as the picks.
        sample: Average over this many rows, each against all others; None for all rows.
        seed: Seed of the sample.

    Returns:
        The distance, in the unit of the rows; inf for fewer than two rows.
    """
    gaps = _nearest_others(embedding, sample, seed)
    return float(gaps.mean()) if len(gaps) else float("inf")


def _nearest_others(embedding: NDArray[Any], sample: int | None, seed: int) -> NDArray[np.float64]:
    if len(embedding) < 2:
        return np.empty(0)
    rows = sample_rows(len(embedding), sample, seed, "nearest picks")
    return nearest(embedding[rows], embedding, own=rows)[0]
