"""What is told of every set of weights: their sum, how many rows they are worth, what was cut."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Clipped(NamedTuple):
    """Weights that were cut.

    Args:
        weights: (k,) float64.
        clipped: How many were cut.
    """

    weights: Floats
    clipped: int


def clip_weights(weights: Floats, most: float | None) -> Clipped:
    """Cut weights at ``most``; None cuts nothing."""
    if most is None:
        return Clipped(weights, 0)
    return Clipped(np.minimum(weights, most), int((weights > most).sum()))


def mean_one(weights: Floats) -> Floats:
    """Scale weights to mean 1; weights that are all 0 stay."""
    return weights / (float(weights.mean()) or 1.0) if len(weights) else weights


def effective_size(weights: Floats) -> float:
    """How many equally weighted rows a weighted mean is worth, ``(sum w)^2 / sum w^2``.

    Source:
        Kish (1965), Survey Sampling; for importance weights, Kong (1992), a technical report of
        the University of Chicago.
    """
    most = float(weights.max(initial=0.0))
    if most <= 0:
        return 0.0
    # Squares of tiny weights would vanish.
    shares = weights / most
    return float(shares.sum()) ** 2 / float(np.square(shares).sum())


def weight_stats(weights: Floats, clipped: int = 0) -> dict[str, Any]:
    """Sum up weights for the stats of a selection.

    Args:
        weights: (k,) float64, 0 or more.
        clipped: How many were cut.

    Returns:
        ``weight_sum``; ``effective_size``, squared sum over sum of squares; ``clipped``.
    """
    return {
        "weight_sum": float(weights.sum()),
        "effective_size": effective_size(weights),
        "clipped": clipped,
    }


def tail_shape(weights: Floats) -> float | None:
    """Shape k of the Pareto tail that the largest weights follow: 1 / k moments are finite.

    Above 0.7 a weighted mean is unreliable, however many rows it is taken over. The generalized
    Pareto distribution is fitted to the excess of the min(n / 5, 3 sqrt n) largest weights over
    the next, and k is drawn a little towards 0.5, as ten more weights of that shape would.

    Args:
        weights: (n,) float64, 0 or more.

    Returns:
        None where fewer than 5 weights form the tail, or they do not differ.

    Source:
        Vehtari et al. (2015), arXiv:1507.02646; the fit is by Zhang and Stephens (2009),
        doi:10.1198/tech.2009.08017.
    """
    count = int(min(0.2 * len(weights), 3 * math.sqrt(len(weights))))
    if count < 5:
        return None
    ranked = np.sort(weights)
    excess = ranked[-count:] - ranked[-count - 1]
    if excess[0] < 0 or excess[-1] <= 0:
        return None
    grid = 30 + int(math.sqrt(count))
    quarter = max(float(excess[int(count / 4 + 0.5) - 1]), 1e-12 * float(excess[-1]))
    steps = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    theta = 1 / excess[-1] + steps / (3 * quarter)
    shapes = np.log1p(-theta[:, None] * excess).mean(axis=1)
    likelihood = count * (np.log(-theta / shapes) - shapes - 1)
    posterior = np.exp(likelihood - likelihood.max())
    best = float(theta @ posterior / posterior.sum())
    shape = float(np.log1p(-best * excess).mean())
    return (count * shape + 10 * 0.5) / (count + 10)
