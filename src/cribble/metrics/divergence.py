"""How far two sets of rows differ in distribution, by what pairs of rows have in common.

Each estimate stands on four means: of every row with the rows of its own side and of the other.
They are exact in time O((m + n)^2 d), or approximate in time that is linear in the rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.core.randomness import stream
from cribble.metrics.blocked import mean_distances, mean_nearness

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its standard error."""

    value: float
    error: float


class _Means(NamedTuple):
    """Means of each row of the left, and of the right, over its own side and over the other."""

    own_left: Floats
    cross_left: Floats
    own_right: Floats
    cross_right: Floats


# Means, and the standard error that their approximation adds to their contrast.
_Found: TypeAlias = tuple[_Means, float]


def energy_distance(
    left: NDArray[Any], right: NDArray[Any], *, directions: int | None = None, seed: int = 0
) -> Estimate:
    """Estimate the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|; 0 for equal distributions.

    The estimate is a U-statistic: unbiased, so it may fall below 0. Its standard error comes from
    the first-order (Hoeffding) term of each row; where the distributions are equal that term
    vanishes and the error is too small, so judge small values against random subsets instead.

    Args:
        left: (m, d) rows, m >= 2, such as a subset.
        right: (n, d) rows, n >= 2, such as a sample of the pool.
        directions: None for all pairs, in time O((m + n)^2 d). A number L for the mean over so
            many random directions, scaled to be unbiased, in time O(L (m + n) (d + log(m + n))).
        seed: Of the directions.

    Returns:
        The estimate, in the unit of the rows.

    Raises:
        ParameterError: One side has fewer than 2 rows, or there are fewer than 2 directions.

    Source:
        Szekely and Rizzo (2013), doi:10.1016/j.jspi.2013.03.018; over directions, Baringhaus and
        Franz (2004), doi:10.1016/S0047-259X(03)00079-4.
    """
    _check(left, right)
    if directions is None:
        means = _Means(
            mean_distances(left),
            mean_distances(left, right),
            mean_distances(right),
            mean_distances(right, left),
        )
        value, error = _contrast(means, 0.0)
    else:
        value, error = _contrast(*_sliced(left, right, directions, seed))
    return Estimate(-value, error)


def mmd_squared(
    left: NDArray[Any],
    right: NDArray[Any],
    *,
    width: float,
    weights: Floats | None = None,
    features: int | None = None,
    seed: int = 0,
) -> Estimate:
    """Estimate the squared maximum mean discrepancy under a Gaussian kernel.

    Unbiased, so it may fall below 0; its error is too small where the distributions are equal,
    as for `energy_distance`. Report it at several widths, such as half, once and twice
    `cribble.kernels.kernel_mean.median_distance`.

    Args:
        left: (m, d) rows, m >= 2, such as a subset.
        right: (n, d) rows, n >= 2, such as a sample of the pool.
        width: Standard deviation of the kernel, in the unit of the rows, above 0.
        weights: (m,) float64 of the left rows, 0 or more; None for equal ones.
        features: None for all pairs, in time O((m + n)^2 d). An even number D of random features
            for time O(D (m + n) d).
        seed: Of the features.

    Raises:
        ParameterError: One side has fewer than 2 rows, or a parameter is outside its range.

    Source:
        Gretton et al. (2012), jmlr.org/papers/v13/gretton12a.html; random features, Rahimi and
        Recht (2007), Random features for large-scale kernel machines, NIPS 20.
    """
    means, spread = _kernels(left, right, width, weights, features, seed)
    return Estimate(*_contrast(means, spread, weights))


def cauchy_schwarz_divergence(
    left: NDArray[Any],
    right: NDArray[Any],
    *,
    width: float,
    features: int | None = None,
    seed: int = 0,
) -> Estimate:
    """Estimate ln E k(X, X') + ln E k(Y, Y') - 2 ln E k(X, Y) under a Gaussian kernel.

    It is 0 where the smoothed densities are equal, and symmetric. Pairs of a row with itself are
    left out, so the estimate has no bias of order 1/n and may fall below 0. Compare only at
    equal width and dimension.

    Args:
        left: (m, d) rows, m >= 2.
        right: (n, d) rows, n >= 2.
        width: Standard deviation of the kernel, in the unit of the rows, above 0.
        features: None for all pairs; an even number D of random features for linear time.
        seed: Of the features.

    Returns:
        The estimate in nats, with a standard error by the delta method; infinite where the sides
        have nothing in common at this width.

    Raises:
        ParameterError: One side has fewer than 2 rows, or a parameter is outside its range.

    Source:
        Yu et al. (2024), arXiv:2404.17951.
    """
    means, spread = _kernels(left, right, width, None, features, seed)
    within_left, within_right = means.own_left.mean(), means.own_right.mean()
    cross = means.cross_left.mean()
    if min(within_left, within_right, cross) <= 0:
        return Estimate(math.inf, math.inf)
    value = math.log(within_left) + math.log(within_right) - 2 * math.log(cross)
    variance = (spread / float(min(within_left, within_right, cross))) ** 2
    for own, other, within in (
        (means.own_left, means.cross_left, within_left),
        (means.own_right, means.cross_right, within_right),
    ):
        variance += float(np.var(2 * (own / within - other / cross), ddof=1)) / len(own)
    return Estimate(value, math.sqrt(variance))


def _contrast(means: _Means, spread: float, weights: Floats | None = None) -> tuple[float, float]:
    """Mean within the left, plus within the right, less twice across; and its error."""
    share = np.ones(len(means.own_left)) if weights is None else weights
    share = share / share.sum()
    value = share @ (means.own_left - means.cross_left)
    value += (means.own_right - means.cross_right).mean()
    left = 2 * (means.own_left - means.cross_left)
    right = 2 * (means.own_right - means.cross_right)
    m = len(left)
    variance = float(share**2 @ (left - share @ left) ** 2) * m / (m - 1)
    variance += float(np.var(right, ddof=1)) / len(right)
    return float(value), math.sqrt(variance + spread**2)


def _kernels(
    left: NDArray[Any],
    right: NDArray[Any],
    width: float,
    weights: Floats | None,
    features: int | None,
    seed: int,
) -> _Found:
    _check(left, right)
    if not (np.isfinite(width) and width > 0):
        raise ParameterError("width", width, "above 0")
    if features is not None:
        if features < 4 or features % 2:
            raise ParameterError("features", features, "an even number, 4 or more")
        return _featured(left, right, width, weights, features, seed)
    means = _Means(
        mean_nearness(left, width=width, weights=weights),
        mean_nearness(left, right, width=width),
        mean_nearness(right, width=width),
        mean_nearness(right, left, width=width, weights=weights),
    )
    return means, 0.0


def _featured(
    left: NDArray[Any],
    right: NDArray[Any],
    width: float,
    weights: Floats | None,
    features: int,
    seed: int,
) -> _Found:
    """The means by random features: a row's mean is its product with a mean of features."""
    from cribble.kernels.features import random_features

    maps = random_features(left.shape[1], features, width, seed)
    shares = [
        np.full(len(left), 1 / len(left)) if weights is None else weights / weights.sum(),
        np.full(len(right), 1 / len(right)),
    ]
    centers = [maps.mean(left, shares[0]), maps.mean(right)]
    found = []
    for side, rows in enumerate((left, right)):
        near = np.concatenate([tile @ np.stack(centers, axis=1) for tile in maps.tiles(rows)])
        # A feature vector has length 1: that is the row's product with itself.
        own = (near[:, side] - shares[side]) / np.maximum(1 - shares[side], 1e-300)
        found += [own, near[:, 1 - side]]
    # Each pair of a cosine and a sine is one draw of the squared gap between the centers.
    pairs = (centers[0] - centers[1]).reshape(2, -1)
    draws = np.square(pairs).sum(axis=0) * (features / 2)
    return _Means(*found), float(np.std(draws, ddof=1)) / math.sqrt(features / 2)


def _sliced(left: NDArray[Any], right: NDArray[Any], directions: int, seed: int) -> _Found:
    """The mean distances over random directions, along which sorting gives them all."""
    if directions < 2:
        raise ParameterError("directions", directions, "2 or more")
    dim = left.shape[1]
    ways = stream(seed, "directions").normal(size=(directions, dim))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    # A random direction shows this share of a distance on average.
    seen = math.exp(math.lgamma(dim / 2) - math.lgamma((dim + 1) / 2)) / math.sqrt(math.pi)
    means = _Means(*(np.zeros(len(rows)) for rows in (left, left, right, right)))
    values = np.empty(directions)
    for number, way in enumerate(ways):
        x, y = left @ way, right @ way
        m, n = len(x), len(y)
        found = (_gaps(x, x) / (m - 1), _gaps(x, y) / n, _gaps(y, y) / (n - 1), _gaps(y, x) / m)
        for total, one in zip(means, found, strict=True):
            total += one / (seen * directions)
        values[number] = 2 * found[1].mean() - found[0].mean() - found[2].mean()
    spread = float(np.std(values, ddof=1)) / (seen * math.sqrt(directions))
    return means, spread


def _gaps(points: Floats, others: Floats) -> Floats:
    """Sum the distances of each point on a line to all others, O(n log n)."""
    ordered = np.sort(others).astype(np.float64)
    before = np.concatenate([[0.0], np.cumsum(ordered)])
    place = np.searchsorted(ordered, points)
    found: Floats = points * (2 * place - len(ordered)) - 2 * before[place] + before[-1]
    return found


def _check(left: NDArray[Any], right: NDArray[Any]) -> None:
    for name, rows in (("left", left), ("right", right)):
        if len(rows) < 2:
            raise ParameterError(name, f"{len(rows)} rows", "at least 2 rows")
