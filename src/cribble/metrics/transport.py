"""How far one set of rows has to be moved to lie as another does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.core.randomness import stream
from cribble.metrics.blocked import sample_rows
from cribble.metrics.divergence import Estimate

Floats = NDArray[np.float64]


def sliced_wasserstein(
    left: NDArray[Any], right: NDArray[Any], *, directions: int = 200, seed: int = 0
) -> Estimate:
    """Estimate the mean over directions of the squared Wasserstein-2 distance along each.

    Time O(L (m + n) (d + log(m + n))). The estimate is above 0 also for two samples of one
    distribution, the more so the smaller they are; compare with random subsets of equal size.

    Args:
        left: (m, d) rows, m >= 2.
        right: (n, d) rows, n >= 2.
        directions: Random directions L, 2 or more.
        seed: Of the directions.

    Returns:
        The estimate, in the squared unit of the rows; its error covers the directions and, by
        the transport potentials, the draw of the rows.

    Raises:
        ParameterError: One side has fewer than 2 rows, or there are fewer than 2 directions.

    Source:
        Bonneel et al. (2015), doi:10.1007/s10851-014-0506-3.
    """
    if directions < 2:
        raise ParameterError("directions", directions, "2 or more")
    m, n = len(left), len(right)
    if min(m, n) < 2:
        raise ParameterError("rows", f"{min(m, n)} on one side", "at least 2")
    ways = stream(seed, "directions").normal(size=(directions, left.shape[1]))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    # Both sides hold each stretch of equal rank; i * n and j * m are the same ranks, exactly.
    levels = np.union1d(np.arange(m + 1) * n, np.arange(n + 1) * m)
    mass = np.diff(levels) / (m * n)
    at_left, at_right = levels[:-1] // n, levels[:-1] // m
    potentials = np.zeros(m), np.zeros(n)
    values = np.empty(directions)
    for number, way in enumerate(ways):
        points = [np.asarray(rows @ way, dtype=np.float64) for rows in (left, right)]
        orders = [np.argsort(one, kind="stable") for one in points]
        x, y = (one[order] for one, order in zip(points, orders, strict=True))
        gaps = x[at_left] - y[at_right]
        values[number] = mass @ np.square(gaps)
        potentials[0][orders[0]] += _potential(x, m * np.bincount(at_left, mass * gaps))
        potentials[1][orders[1]] += _potential(y, n * np.bincount(at_right, -mass * gaps))
    variance = float(np.var(values, ddof=1)) / directions
    for potential in potentials:
        variance += float(np.var(potential / directions, ddof=1)) / len(potential)
    return Estimate(float(values.mean()), math.sqrt(variance))


def sinkhorn_divergence(
    left: NDArray[Any],
    right: NDArray[Any],
    *,
    epsilon: float = 0.05,
    iterations: int = 200,
    tolerance: float = 1e-4,
    most: int | None = 2_000,
    seed: int = 0,
) -> Estimate:
    """Estimate the debiased entropic transport cost between two sets; 0 where they are equal.

    The cost is the squared Euclidean distance; OT(left, right) less half of OT(left, left) and of
    OT(right, right), each in the log domain.

    Args:
        left: (m, d) rows, m >= 2.
        right: (n, d) rows, n >= 2.
        epsilon: Strength of the entropy term, as a share of the mean cost across, above 0.
        iterations: At most so many for each problem.
        tolerance: When to stop, as a share of the mean cost.
        most: Rows drawn of a side that has more, so that time stays linear in the rows; None to
            take all, in time O(m n d) an iteration.
        seed: Of that draw.

    Returns:
        The estimate, in the squared unit of the rows; its error covers the draw of the rows.

    Raises:
        ParameterError: One side has fewer than 2 rows, or ``epsilon`` is not above 0.

    Source:
        Feydy et al. (2019), arXiv:1810.08278.
    """
    if not (np.isfinite(epsilon) and epsilon > 0):
        raise ParameterError("epsilon", epsilon, "above 0")
    if min(len(left), len(right)) < 2:
        raise ParameterError("rows", f"{min(len(left), len(right))} on one side", "at least 2")
    from cribble.kernels.sinkhorn import mean_cost, sinkhorn

    x, y = (
        np.asarray(rows[sample_rows(len(rows), most, seed, name)], dtype=np.float64)
        for name, rows in (("left", left), ("right", right))
    )
    scale = mean_cost(x, y) or 1.0
    across, within_left, within_right = (
        sinkhorn(a, b, epsilon, iterations, tolerance, scale=scale)
        for a, b in ((x, y), (x, x), (y, y))
    )
    value = across.value - within_left.value / 2 - within_right.value / 2
    variance = sum(
        float(np.var(outer - (inner.source + inner.target) / 2, ddof=1)) / len(outer)
        for outer, inner in ((across.source, within_left), (across.target, within_right))
    )
    return Estimate(value, math.sqrt(variance))


def _potential(points: Floats, gaps: NDArray[Any]) -> Floats:
    """Integrate twice the gap to where each point is moved, by the trapezoid rule."""
    steps = np.diff(points) * (gaps[1:] + gaps[:-1])
    return np.concatenate([[0.0], np.cumsum(steps)])
