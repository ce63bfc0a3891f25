"""How well rows can stand for a set, and whether two sets differ: by their kernel means."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.core.randomness import stream
from cribble.metrics.blocked import sample_rows

Floats = NDArray[np.float64]

_RIDGE = 1e-8


class Quadrature(NamedTuple):
    """Weights of some rows, and how near they bring them to a pool.

    Args:
        weights: (k,) float64.
        distance: Distance of the weighted kernel mean from the pool's, the maximum mean
            discrepancy.
        uniform: The same with equal weights.
    """

    weights: Floats
    distance: float
    uniform: float


class Tested(NamedTuple):
    """A permutation test.

    Args:
        value: The statistic, unbiased.
        p_value: Share of random labelings, the given one among them, that part the rows as far.
    """

    value: float
    p_value: float


def quadrature_weights(
    rows: NDArray[Any],
    pool: NDArray[Any],
    *,
    width: float,
    signed: bool = False,
    most: int | None = 10_000,
    seed: int = 0,
) -> Quadrature:
    """Weigh rows such that their kernel mean comes as near as it can to that of a pool.

    Signed weights are those of Bayesian quadrature: they serve sums, not training. Others are
    0 or more and sum to 1, by non-negative least squares that are scaled afterwards.

    Args:
        rows: (k, d) rows, k >= 1, such as a subset.
        pool: (n, d) rows, n >= 1.
        width: Standard deviation of the Gaussian kernel, in the unit of the rows, above 0.
        signed: Whether weights may be negative.
        most: Rows drawn of a pool that has more, as its stand-ins; None to take all.
        seed: Of that draw.

    Returns:
        Weights and distances. Time O(k^2 d + k^3 + k n d + n^2 d), n being at most ``most``.

    Raises:
        ParameterError: A side has no row, or ``width`` is not above 0.

    Source:
        O'Hagan (1991), doi:10.1016/0378-3758(91)90002-V; against a maximum mean discrepancy:
        Huszar and Duvenaud (2012), arXiv:1204.1664.
    """
    from scipy.linalg import cho_solve, cholesky, solve_triangular
    from scipy.optimize import nnls

    from cribble.kernels.kernel_mean import gaussian, kernel_mean

    _check(width, rows, pool, least=1)
    points = np.asarray(rows, dtype=np.float64)
    pool = pool[sample_rows(len(pool), most, seed, "pool")]
    near = gaussian(points, points, width)
    target = kernel_mean(rows, pool, width)
    lower = cholesky(near + _RIDGE * np.eye(len(points)), lower=True)
    if signed:
        weights = cho_solve((lower, True), target)
    else:
        found = nnls(lower.T, solve_triangular(lower, target, lower=True))[0]
        weights = found / found.sum() if found.any() else np.full(len(found), 1 / len(found))
    own = float(kernel_mean(pool, pool, width).mean())

    def distance(weights: Floats) -> float:
        return math.sqrt(max(0.0, float(weights @ near @ weights - 2 * weights @ target) + own))

    return Quadrature(weights, distance(weights), distance(np.full(len(points), 1 / len(points))))


def mmd_test(
    left: NDArray[Any],
    right: NDArray[Any],
    *,
    width: float,
    permutations: int = 999,
    most: int | None = 1_000,
    seed: int = 0,
) -> Tested:
    """Test whether two sets are draws from one distribution, by their squared kernel distance.

    Where they are, the p-value is uniform, whatever the distribution: the rows' sides are dealt
    anew, and the statistic is compared with those of the deals.

    Args:
        left: (m, d) rows, m >= 2, such as a subset.
        right: (n, d) rows, n >= 2, none of them also in ``left``.
        width: Standard deviation of the Gaussian kernel, in the unit of the rows, above 0.
        permutations: Number of deals; no p-value is below 1 / (permutations + 1).
        most: Rows drawn of a side that has more; None to take all.
        seed: Of the draw and of the deals.

    Returns:
        The value and its p-value. Time O((m + n)^2 (d + permutations)); holds (m + n)^2 numbers.

    Raises:
        ParameterError: A side has fewer than 2 rows, or a parameter is not above 0.

    Source:
        Gretton et al. (2012), jmlr.org/papers/v13/gretton12a.html.
    """
    from cribble.kernels.kernel_mean import gaussian

    _check(width, left, right, least=2)
    if permutations < 1:
        raise ParameterError("permutations", permutations, "1 or more")
    sides = [
        np.asarray(one[sample_rows(len(one), most, seed, name)], dtype=np.float64)
        for name, one in (("left", left), ("right", right))
    ]
    m, n = map(len, sides)
    union = np.concatenate(sides)
    near = gaussian(union - union.mean(axis=0), union - union.mean(axis=0), width)
    np.fill_diagonal(near, 0.0)
    random = stream(seed, "deals")
    dealt = [np.arange(m + n) < m]
    dealt += [random.permutation(dealt[0]) for _ in range(permutations)]
    values = _statistics(near, np.array(dealt, dtype=np.float64).T, m, n)
    # Rounded, so that a deal of the same parts is as far.
    far = np.round(values, 12) >= np.round(values[0], 12)
    return Tested(float(values[0]), float(far.mean()))


def _statistics(near: Floats, is_left: Floats, m: int, n: int) -> Floats:
    """The U-statistic under every labeling, a column each."""
    from_left = near @ is_left
    left = (is_left * from_left).sum(axis=0)
    across = from_left.sum(axis=0) - left
    right = near.sum() - left - 2 * across
    statistics: Floats = left / (m * (m - 1)) + right / (n * (n - 1)) - 2 * across / (m * n)
    return statistics


def _check(width: float, left: NDArray[Any], right: NDArray[Any], least: int) -> None:
    if not (np.isfinite(width) and width > 0):
        raise ParameterError("width", width, "above 0")
    if min(len(left), len(right)) < least:
        found = f"{min(len(left), len(right))} on one side"
        raise ParameterError("rows", found, f"at least {least}")
