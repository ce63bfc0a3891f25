"""What training on the same rows again is worth: the scaling law of data filtering."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_UNIT = 1e5
# After so many half-lives nothing is left to learn, beyond rounding.
_SPENT = 64


def repetition_factor(utility: float, half_life: float, passes: float) -> float:
    """By what the reducible loss changes from one pass over some rows to more, or to less.

    The utility of a pass is halved each ``half_life`` passes, so that repeating rows helps ever
    less but never hurts: it cannot show over-fitting, and beyond ten passes it is a guess.

    Args:
        utility: Exponent of the loss over fresh rows, at most 0.
        half_life: Passes after which a pass is worth half, above 0.
        passes: Passes over the rows, above 0; any fraction.

    Returns:
        A factor, 1 at one pass.

    Source:
        Goyal et al. (2024), arXiv:2404.07177.
    """
    if passes <= 1:
        return float(passes**utility)
    last = math.ceil(min(passes, _SPENT * half_life + 1))
    again = np.arange(1, last, dtype=np.float64)
    grown = np.log(np.minimum(again + 1, passes) / again)
    return math.exp(utility * math.fsum(0.5 ** (again / half_life) * grown))


def filtered_loss(
    seen: float,
    bucket_rows: float,
    utilities: Sequence[float],
    half_lives: Sequence[float],
    scale: float,
    floor: float = 0.1,
) -> float:
    """Predict the loss after training on the union of equal buckets of a pool.

    Args:
        seen: Rows seen in training, repeats counted.
        bucket_rows: Rows of each bucket.
        utilities: Exponent of each bucket, at most 0.
        half_lives: Passes after which a pass over the bucket alone is worth half; in a union of p
            buckets it takes p times as many.
        scale: Of the rows, in units of 100,000.
        floor: Loss that no training removes.

    Returns:
        The loss.

    Source:
        Goyal et al. (2024), arXiv:2404.07177. The floor stands outside of the product.
    """
    count = len(utilities)
    rows = count * bucket_rows
    fresh = float(np.mean(utilities))
    first = (scale * min(seen, rows) / _UNIT) ** fresh
    # The mean of decayed utilities is a product over the buckets' own factors.
    factors = [
        repetition_factor(utility / count, count * half_life, max(1.0, seen / rows))
        for utility, half_life in zip(utilities, half_lives, strict=True)
    ]
    return float(floor + first * math.prod(factors))
