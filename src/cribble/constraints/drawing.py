"""A weighted draw within limits: each row with a planned chance, weighted by its inverse."""

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

Design = Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.bool_]]


class Drawn(NamedTuple):
    """A weighted draw.

    Args:
        indices: (k,) int64 rows, the kept ones first.
        weights: (k,) float64.
        stats: ``weight_sum``; ``effective_size``, squared sum over sum of squares; ``clipped``,
            how many weights were cut; ``refused``, how many drawn rows a limit kept out.
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
    admission = Admission(limits)
    kept = np.asarray(admission.picks, dtype=np.int64)
    free = np.nonzero(~admission.blocked)[0]
    own = np.maximum(np.asarray(sizes, dtype=np.float64)[free], 0.0)
    chances = np.zeros(limits.size)
    chances[kept] = 1.0
    chances[free] = inclusion_chances(own, _room(limits, len(kept), own, free))
    drawn = free[design(free, chances[free])]
    rest = np.setdiff1d(free, drawn, assume_unique=True)
    rest = rest[np.argsort(-chances[rest], kind="stable")]
    indices = admission.add_in_order(np.concatenate([drawn, rest]))
    own_chances = chances[indices]
    weights = 1.0 / np.where(own_chances > 0, own_chances, 1.0)
    clipped = 0
    if clip is not None and len(indices):
        most = clip * (limits.size - limits.excluded.sum()) / len(indices)
        clipped = int((weights > most).sum())
        weights = np.minimum(weights, most)
    return Drawn(
        indices,
        weights,
        {
            **weight_stats(weights),
            "clipped": clipped,
            "refused": len(drawn) - len(np.intersect1d(drawn, indices)),
        },
    )


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


def weight_stats(weights: NDArray[np.float64]) -> dict[str, float]:
    """Sum, and squared sum over sum of squares: ``weight_sum`` and ``effective_size``."""
    total = float(weights.sum())
    squares = max(float((weights**2).sum()), 1e-300)
    return {"weight_sum": total, "effective_size": total**2 / squares}


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
