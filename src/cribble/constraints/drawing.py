"""Weighted draws within limits: each row with a planned chance, weighted by its inverse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.admission import Admission
from cribble.core.errors import ParameterError
from cribble.core.limits import Limits
from cribble.core.randomness import row_uniforms, stream
from cribble.kernels.sampling import inclusion_chances, systematic
from cribble.kernels.weights import clip_weights, mean_one, weight_stats

Design = Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.bool_]]


class Drawn(NamedTuple):
    """A weighted draw.

    Args:
        indices: (k,) int64 rows, the kept ones first.
        weights: (k,) float64.
        stats: Those of `weight_stats`; ``refused``, how many drawn rows a limit kept out.
    """

    indices: NDArray[np.int64]
    weights: NDArray[np.float64]
    stats: dict[str, Any]


def draw_weighted(
    limits: Limits, sizes: NDArray[np.float64], design: Design, clip: float | None
) -> Drawn:
    """Draw as many rows as the budget has, with chances in proportion to size, and weigh them.

    The weight of a drawn row is the inverse of its chance, so that a weighted sum over the draw
    is an unbiased estimate of the sum over all rows that are not dropped: a kept row stands for
    itself, with weight 1. This holds under budgets in rows without group limits and as long as no
    weight is clipped. Where a limit keeps a drawn row out, rows of the largest size take its
    place, with the weights they would have had. A budget in cost draws as many rows as it pays
    for on average, and then adds what still fits.

    Args:
        limits: The limits.
        sizes: (n,) float64, 0 or more.
        design: From rows and their chances to which are drawn, such as `systematic`.
        clip: Largest weight, in multiples of the mean n / k; None for no limit.
    """
    draw = _draw(limits, np.maximum(np.asarray(sizes, dtype=np.float64), 0.0), design)
    mean = (limits.size - limits.excluded.sum()) / max(1, len(draw.indices))
    weights, clipped = clip_weights(1.0 / draw.chances, None if clip is None else clip * mean)
    return draw.weighted(weights, clipped)


def draw_by_weight(
    limits: Limits, weights: NDArray[np.float64], design: Design, clip: float | None
) -> Drawn:
    """Draw as many rows as the budget has in proportion to their weights, and weigh what is left.

    A drawn row weighs its own weight over its chance: the same for all rows, except that those
    whose chance would exceed 1 weigh more. With all rows drawn, each weighs what it did. A
    weighted sum over the draw is an unbiased estimate of the weighted sum over all rows that are
    not dropped, under the conditions of `draw_weighted`. Rows of weight 0 come last, and keep it.

    Args:
        limits: The limits.
        weights: (n,) float64, 0 or more.
        design: From rows and their chances to which are drawn, such as `systematic`.
        clip: Largest weight of a row of the pool, in multiples of the mean of all that are not
            dropped; None for no limit.

    Returns:
        The draw; its weights are scaled so that the weights of the pool have mean 1.
    """
    free = ~limits.excluded
    scaled = np.zeros(limits.size)
    scaled[free], clipped = clip_weights(mean_one(weights[free]), clip)
    draw = _draw(limits, scaled, design)
    return draw.weighted(scaled[draw.indices] / draw.chances, clipped)


class _Draw(NamedTuple):
    """Rows within limits; the chance each had, and how many others a limit kept out."""

    indices: NDArray[np.int64]
    chances: NDArray[np.float64]
    refused: int

    def weighted(self, weights: NDArray[np.float64], clipped: int) -> Drawn:
        stats = {**weight_stats(weights, clipped), "refused": self.refused}
        return Drawn(self.indices, weights, stats)


def _draw(limits: Limits, sizes: NDArray[np.float64], design: Design) -> _Draw:
    admission = Admission(limits)
    kept = np.asarray(admission.picks, dtype=np.int64)
    free = np.nonzero(~admission.blocked)[0]
    chances = np.zeros(limits.size)
    chances[kept] = 1.0
    chances[free] = inclusion_chances(sizes[free], _room(limits, len(kept), sizes[free], free))
    drawn = free[design(free, chances[free])]
    rest = np.setdiff1d(free, drawn, assume_unique=True)
    rest = rest[np.argsort(-chances[rest], kind="stable")]
    indices = admission.add_in_order(np.concatenate([drawn, rest]))
    own = chances[indices]
    refused = len(drawn) - len(np.intersect1d(drawn, indices))
    return _Draw(indices, np.where(own > 0, own, 1.0), refused)


def shuffled(seed: int, name: str) -> Design:
    """Systematic draws along a random order: nearly independent, but of a fixed number of rows.

    Args:
        seed: The seed of the run.
        name: The step that draws.
    """

    def design(rows: NDArray[np.int64], chances: NDArray[np.float64]) -> NDArray[np.bool_]:
        last = int(rows.max(initial=-1)) + 1
        order = np.argsort(row_uniforms(seed, f"{name} order", 0, last)[rows], kind="stable")
        drawn = np.zeros(len(rows), dtype=np.bool_)
        drawn[order] = systematic(chances[order], stream(seed, f"{name} start").random())
        return drawn

    return design


def _room(limits: Limits, kept: int, sizes: NDArray[np.float64], free: NDArray[np.int64]) -> int:
    """How many rows to draw: what the budget leaves, or pays for at the mean cost of a draw."""
    if limits.rows is not None:
        return limits.rows - kept
    assert limits.costs is not None
    left = float(limits.cost or 0.0) - float(limits.costs[limits.keep].sum())
    total = float(sizes.sum())
    mean = float((sizes * limits.costs[free]).sum()) / total if total > 0 else 0.0
    return len(free) if mean <= 0 else min(len(free), int(max(left, 0.0) / mean))


def affordable_rows(limits: Limits) -> int:
    """Rows of the budget, or as many as it pays for at the mean cost of a row."""
    if limits.rows is not None:
        return limits.rows
    assert limits.costs is not None
    free = limits.costs[~limits.excluded]
    mean = float(free.mean()) if len(free) else 0.0
    return min(len(free), int(float(limits.cost or 0.0) / mean)) if mean > 0 else len(free)


def check_clip(clip: float | None) -> None:
    """Refuse a clip below 1: it would cut even equal weights.

    Raises:
        ParameterError: It is below 1.
    """
    if clip is not None and not clip >= 1:
        raise ParameterError("clip", clip, "1 or more")
