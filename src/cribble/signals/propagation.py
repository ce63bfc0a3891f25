"""Weights of a whole pool from those of a few rows: each row gets its nearest weighted row's."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, Selection
from cribble.core.errors import ParameterError
from cribble.kernels.kernel_mean import squared_gaps
from cribble.kernels.threads import limited_threads
from cribble.kernels.weights import clip_weights, mean_one, weight_stats

# Fixed, so that no memory limit changes how distances are rounded.
_ROWS, _PICKS = 1024, 1024


class Propagated(NamedTuple):
    """Weights for every row of a pool.

    Args:
        weights: (n,) float64; of mean 1 before clipping.
        owners: (n,) int64, the position in the selection of the pick each row has its weight
            from; -1 where no pick has the row's group.
        stats: ``weight_sum``, ``effective_size``, ``clipped``, ``alone`` (rows of owner -1).
    """

    weights: NDArray[np.float64]
    owners: NDArray[np.int64]
    stats: dict[str, Any]


def propagate(
    pool: Pool,
    chosen: Selection,
    *,
    signal: str = "embedding",
    by: str | None = "label",
    clip: float | None = 10.0,
) -> Propagated:
    """Give each row of a pool the weight of the nearest pick, such as one of its own class.

    A picked row keeps its own weight. Without ``by``, a row with a wrong label gets the weight of
    a clean row that looks like it; with the label as ``by`` it does not. Rows whose group has no
    pick get the mean weight of the picks.

    Args:
        pool: The pool.
        chosen: Picks among its rows, with weights; None weighs all the same.
        signal: Name of a pool signal, (n, d) float; distances are Euclidean.
        by: Name of a grouping; only picks of a row's own group count. None for all picks.
        clip: Largest weight, in multiples of the mean; None for no limit.

    Returns:
        The weights. Time O(n k d), memory O(n) and blocks of 1,024 x 1,024.

    Raises:
        ParameterError: There is no pick, or ``clip`` is below 1.
        SignalError: The signal is missing, is not (n, d) or is not finite everywhere.
        UnknownNameError: The pool has no such grouping.

    Source:
        The power of few (2024), arXiv:2403.12166, which searches all classes.
    """
    if not len(chosen):
        raise ParameterError("chosen", "empty", "a selection of at least one row")
    if clip is not None and not clip >= 1:
        raise ParameterError("clip", clip, "1 or more")
    rows = pool.signal(signal, ndim=2)
    codes = np.zeros(len(pool), dtype=np.int64) if by is None else pool.groups(by).codes
    own = np.ones(len(chosen)) if chosen.weights is None else chosen.weights
    owners = np.full(len(pool), -1, dtype=np.int64)
    with limited_threads(1):
        for code in np.unique(codes[chosen.indices]):
            places = np.nonzero(codes[chosen.indices] == code)[0]
            members = np.nonzero(codes == code)[0]
            owners[members] = places[_nearest(rows, members, chosen.indices[places])]
    owners[chosen.indices] = np.arange(len(chosen))
    weights = np.where(owners >= 0, own[owners], own.mean())
    cut, clipped = clip_weights(mean_one(weights), clip)
    alone = int((owners < 0).sum())
    return Propagated(cut, owners, {**weight_stats(cut, clipped), "alone": alone})


def _nearest(
    rows: NDArray[Any], members: NDArray[np.int64], picks: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Position of the pick nearest each member; among equals the first."""
    found = np.zeros(len(members), dtype=np.int64)
    for start in range(0, len(members), _ROWS):
        part = np.asarray(rows[members[start : start + _ROWS]], dtype=np.float64)
        least = np.full(len(part), np.inf)
        for first in range(0, len(picks), _PICKS):
            others = np.asarray(rows[picks[first : first + _PICKS]], dtype=np.float64)
            gaps = squared_gaps(part, others)
            at = gaps.argmin(axis=1)
            gap = gaps[np.arange(len(part)), at]
            nearer = gap < least
            least[nearer] = gap[nearer]
            found[start : start + len(part)][nearer] = first + at[nearer]
    return found
