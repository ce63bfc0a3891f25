"""Divergences from the labels of nearest neighbors, without estimating a density."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.core.randomness import stream
from cribble.metrics.blocked import sample_rows
from cribble.metrics.divergence import Estimate


def neighbor_ratio_divergence(
    left: NDArray[Any],
    right: NDArray[Any],
    *,
    alpha: float = 1.0,
    neighbors: int | None = None,
    most: int | None = 5_000,
    seed: int = 0,
) -> Estimate:
    """Estimate the divergence of order ``alpha`` of the left from the right distribution.

    Around each right row, the neighbors that are left rows against those that are right rows
    estimate the ratio of the densities. The same estimate with labels dealt out at random is
    subtracted: at equal distributions it is about 1 / neighbors, not 0. It is biased toward 0
    where the dimension is high; above 10, project the rows first.

    Args:
        left: (m, d) rows, m >= 2.
        right: (n, d) rows, n >= 2.
        alpha: 1 for Kullback-Leibler; another order above 0 for Renyi's.
        neighbors: k; None for the square root of the rows on the smaller side.
        most: Rows drawn of a side that has more, so that time stays linear in the rows; None to
            take all, in time O((m + n)^2 d).
        seed: Of the draw and of the random labels.

    Returns:
        The estimate in nats; its error covers the draw of the right rows, not of the left.

    Raises:
        ParameterError: One side has fewer than 2 rows, or a parameter is outside its range.

    Source:
        Noshad et al. (2017), arXiv:1702.05222; the correction by random labels is ours.
    """
    if not (np.isfinite(alpha) and alpha > 0):
        raise ParameterError("alpha", alpha, "above 0")
    rows = [
        sample_rows(len(one), most, seed, name) for name, one in (("left", left), ("right", right))
    ]
    m, n = map(len, rows)
    if min(m, n) < 2:
        raise ParameterError("rows", f"{min(m, n)} on one side", "at least 2")
    k = neighbors or max(1, round(math.sqrt(min(m, n))))
    if not 1 <= k < m + n:
        raise ParameterError("neighbors", k, f"in [1, {m + n})")
    from cribble.kernels.neighbors import exact_neighbors

    union = np.concatenate([left[rows[0]], right[rows[1]]]).astype(np.float32)
    found = exact_neighbors(union - union.mean(axis=0), k)
    labels = np.arange(m + n) < m
    dealt = stream(seed, "random labels").permutation(labels)
    value, error = _divergence(found, labels, alpha)
    null, null_error = _divergence(found, dealt, alpha)
    return Estimate(value - null, math.hypot(error, null_error))


def _divergence(
    found: NDArray[np.int32], is_left: NDArray[np.bool_], alpha: float
) -> tuple[float, float]:
    m, n = int(is_left.sum()), int((~is_left).sum())
    near_left = is_left[found[~is_left]].sum(axis=1)
    ratios = (n / m) * near_left / (found.shape[1] - near_left + 1)
    if alpha == 1:
        terms = ratios * np.log(np.maximum(ratios, 1e-300))
        return float(terms.mean()), float(terms.std(ddof=1)) / math.sqrt(n)
    terms = ratios**alpha
    mean = float(terms.mean())
    if mean <= 0:
        return math.inf, math.inf
    error = float(terms.std(ddof=1)) / math.sqrt(n) / mean
    return math.log(mean) / (alpha - 1), error / abs(alpha - 1)
