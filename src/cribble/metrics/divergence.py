"""How far two sets of rows differ in distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.metrics.blocked import mean_distances


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its standard error."""

    value: float
    error: float


def energy_distance(left: NDArray[Any], right: NDArray[Any]) -> Estimate:
    """Estimate the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|; 0 for equal distributions.

    The estimate is a U-statistic: unbiased, so it may fall below 0. Its standard error comes from
    the first-order (Hoeffding) term of each row; where the distributions are equal that term
    vanishes and the error is too small, so judge small values against random subsets instead.

    Args:
        left: (m, d) rows, m >= 2, such as a subset.
        right: (n, d) rows, n >= 2, such as a sample of the pool.

    Returns:
        The estimate, in the unit of the rows. Time O((m + n)^2 d), memory of one block.

    Raises:
        ParameterError: One side has fewer than 2 rows.

    Source:
        Szekely and Rizzo (2013), doi:10.1016/j.jspi.2013.03.018.
    """
    for name, rows in (("left", left), ("right", right)):
        if len(rows) < 2:
            raise ParameterError(name, f"{len(rows)} rows", "at least 2 rows")
    cross_left, cross_right = mean_distances(left, right), mean_distances(right, left)
    within_left, within_right = mean_distances(left), mean_distances(right)
    value = 2 * cross_left.mean() - within_left.mean() - within_right.mean()
    variance = sum(
        float(np.var(2 * (cross - within), ddof=1)) / len(cross)
        for cross, within in ((cross_left, within_left), (cross_right, within_right))
    )
    return Estimate(float(value), variance**0.5)
