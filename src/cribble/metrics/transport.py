"""How far one set of rows has to be moved to lie as another does."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

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
    ways = _directions(directions, left.shape[1], seed)
    matched = _matched(m, n)
    potentials = np.zeros(m), np.zeros(n)
    values = np.empty(directions)
    for number, way in enumerate(ways):
        line = _along(left, right, way, matched)
        values[number] = line.value
        for total, one in zip(potentials, line.potentials(), strict=True):
            total += one / directions
    variance = float(np.var(values, ddof=1)) / directions
    for potential in potentials:
        variance += float(np.var(potential, ddof=1)) / len(potential)
    return Estimate(float(values.mean()), math.sqrt(variance))


def max_sliced_wasserstein(
    left: NDArray[Any],
    right: NDArray[Any],
    *,
    directions: int = 20,
    steps: int = 20,
    seed: int = 0,
) -> Estimate:
    """Estimate the largest squared Wasserstein-2 distance along any direction.

    It sees a difference that few directions show, which `sliced_wasserstein` averages away. The
    search climbs from the best of some random directions and the one that joins the means: each
    step leads to where the rows, matched as now, lie farthest apart. It may end beside the best
    direction, and is above 0 for two samples of one distribution: compare with random subsets.

    Time O((L + steps) (m + n) (d + log(m + n))).

    Args:
        left: (m, d) rows, m >= 2.
        right: (n, d) rows, n >= 2.
        directions: Random directions L to begin with, 1 or more.
        steps: Most steps of the climb.
        seed: Of the directions.

    Returns:
        The estimate, in the squared unit of the rows; its error covers the draw of the rows, not
        the choice of the direction.

    Raises:
        ParameterError: One side has fewer than 2 rows, or a number is below 1.

    Source:
        Deshpande et al. (2019), arXiv:1904.05877.
    """
    for name, number in (("directions", directions), ("steps", steps)):
        if number < 1:
            raise ParameterError(name, number, "1 or more")
    m, n = len(left), len(right)
    if min(m, n) < 2:
        raise ParameterError("rows", f"{min(m, n)} on one side", "at least 2")
    matched, shift = _matched(m, n), np.mean(left, axis=0) - np.mean(right, axis=0)
    ways = _directions(directions, left.shape[1], seed)
    if shift.any():
        ways = np.concatenate([shift[None] / np.linalg.norm(shift), ways])
    best = max((_along(left, right, way, matched) for way in ways), key=lambda one: one.value)
    for _ in range(steps):
        way = best.uphill(left, right)
        if not way.any():
            break
        line = _along(left, right, way / np.linalg.norm(way), matched)
        if line.value <= best.value * (1 + 1e-9):
            break
        best = line
    variance = sum(float(np.var(one, ddof=1)) / len(one) for one in best.potentials())
    return Estimate(best.value, math.sqrt(variance))


class _Matched(NamedTuple):
    """Which ranks of both sides are matched: stretches of equal rank, with their mass."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    mass: Floats


class _Line(NamedTuple):
    """Rows on a line, matched by rank.

    Args:
        points: (m,) and (n,) float64, sorted.
        orders: The rows that lie there.
        gaps: (p,) float64 between matched points.
        matched: Which these are.
    """

    points: tuple[Floats, Floats]
    orders: tuple[NDArray[np.int64], NDArray[np.int64]]
    gaps: Floats
    matched: _Matched

    @property
    def value(self) -> float:
        return float(self.matched.mass @ np.square(self.gaps))

    def moved(self) -> tuple[Floats, Floats]:
        """The mass at each sorted point times how far it goes, on either side."""
        moved = self.matched.mass * self.gaps
        left: Floats = np.bincount(self.matched.left, moved).astype(np.float64)
        right: Floats = np.bincount(self.matched.right, -moved).astype(np.float64)
        return left, right

    def potentials(self) -> list[Floats]:
        """The potential of each row, on either side."""
        found = []
        for points, order, moved in zip(self.points, self.orders, self.moved(), strict=True):
            potential = np.empty(len(points))
            potential[order] = _potential(points, len(points) * moved)
            found.append(potential)
        return found

    def uphill(self, left: NDArray[Any], right: NDArray[Any]) -> Floats:
        """The direction in which the rows, matched as they are, lie farther apart; (d,)."""
        ways = [
            moved @ np.asarray(rows, dtype=np.float64)[order]
            for rows, order, moved in zip((left, right), self.orders, self.moved(), strict=True)
        ]
        return ways[0] + ways[1]


def _directions(number: int, dim: int, seed: int) -> Floats:
    ways: Floats = stream(seed, "directions").normal(size=(number, dim))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    return ways


def _matched(m: int, n: int) -> _Matched:
    # Both sides hold each stretch of equal rank; i * n and j * m are the same ranks, exactly.
    levels = np.union1d(np.arange(m + 1) * n, np.arange(n + 1) * m)
    return _Matched(levels[:-1] // n, levels[:-1] // m, np.diff(levels) / (m * n))


def _along(left: NDArray[Any], right: NDArray[Any], way: Floats, matched: _Matched) -> _Line:
    x, y = (np.asarray(rows @ way, dtype=np.float64) for rows in (left, right))
    orders = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    points = x[orders[0]], y[orders[1]]
    return _Line(points, orders, points[0][matched.left] - points[1][matched.right], matched)


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
