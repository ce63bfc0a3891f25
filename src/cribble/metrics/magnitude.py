"""Magnitude: how many points there effectively are, seen from near or from far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.metrics.blocked import decay_sums

SOLVERS = ("exact", "gradients", "positive")
_MOST, _STEPS, _GRADIENTS, _CLOSE = 20_000, 200, 1_000, 1e-6


def weighting_vector(
    points: NDArray[Any], scale: float = 1.0, solver: str = "exact"
) -> NDArray[np.float64]:
    """Weigh every point so that Z w = 1 with Z = exp(-scale * distance); the sum is the magnitude.

    Large weights mark points at the border or alone. Weights may be negative.

    Args:
        points: (n, d) distinct rows, n <= 20,000 where the solver is "exact".
        scale: t > 0, in inverse units of the distance.
        solver: "exact"; "gradients", conjugate gradients until Z w differs from 1 by 1e-6 in the
            root mean square; or "positive", 200 times w / (Z w) from 1, which keeps all weights
            above 0 and so is another vector where the exact one has negative weights. The last
            two hold no pairs.

    Returns:
        (n,) float64. Time O(n^3) and memory O(n^2); with other solvers O(n^2 d) a step, and a
        block.

    Raises:
        ParameterError: ``scale`` is not positive, there is no such solver, there are too many
            points, two coincide, or the gradients do not end within 1,000 steps.

    Source:
        Bunch et al. (2020), arXiv:2006.14063; Limbeck et al. (2024), arXiv:2311.16054.
    """
    if not scale > 0:
        raise ParameterError("scale", scale, "above 0")
    if solver not in SOLVERS:
        raise ParameterError("solver", solver, " or ".join(SOLVERS))
    if solver == "exact":
        return _weights(_distances(points), len(points), scale)
    if solver == "gradients":
        return _by_gradients(points, scale)
    weights = np.ones(len(points))
    for _ in range(_STEPS):
        weights /= decay_sums(points, scale, weights)
    return weights


def magnitude(points: NDArray[Any], scale: float = 1.0) -> float:
    """Count the effectively separate points at a scale; 1 far away, n from near by.

    Args:
        points: (n, d) distinct rows, n <= 20,000.
        scale: t > 0, in inverse units of the distance.

    Returns:
        Between 1 and n for Euclidean points; 0 for none.

    Raises:
        ParameterError: See `weighting_vector`.

    Source:
        Bunch et al. (2020), arXiv:2006.14063; Limbeck et al. (2024), arXiv:2311.16054.
    """
    return float(weighting_vector(points, scale).sum()) if len(points) else 0.0


def separating_scale(points: NDArray[Any], share: float = 0.95) -> float:
    """Find the scale from which on nearly all points count: where the magnitude is share * n.

    Scales of ten times one another bracket it, and a root is sought between them. Choose it on
    the whole data and keep it for subsets.

    Args:
        points: (n, d) distinct rows, 1 <= n <= 20,000.
        share: In (0, 1).

    Returns:
        t > 0 in inverse units of the distance, to six digits; 0 where share * n is at most 1.
        Some ten to twenty times O(n^3).

    Raises:
        ParameterError: ``share`` is outside its range, there are none or too many points, or two
            coincide.

    Source:
        Limbeck et al. (2024), arXiv:2311.16054.
    """
    if not 0 < share < 1:
        raise ParameterError("share", share, "between 0 and 1")
    if not len(points):
        raise ParameterError("points", "empty", "at least one row")
    from scipy.optimize import brentq

    count, gaps = len(points), _distances(points)
    if share * count <= 1:
        return 0.0

    def short(log_scale: float) -> float:
        return float(_weights(gaps, count, float(10.0**log_scale)).sum()) - share * count

    high = -float(np.log10(gaps.mean()))
    while short(high) < 0:
        high += 1
    low = high - 1
    while short(low) >= 0:
        low -= 1
    return float(10.0 ** brentq(short, low, high, xtol=1e-7))


def magnitude_area(points: NDArray[Any], cut: float | None = None, scales: int = 30) -> float:
    """Sum the magnitude up over all scales from 0 to a cut: diversity from far and near at once.

    Args:
        points: (n, d) distinct rows, 1 <= n <= 20,000.
        cut: Largest scale, above 0; None takes `separating_scale`. To compare sets, give them one
            cut: the median of theirs.
        scales: Number of scales, 2 or more, at equal steps, between which lines are drawn.

    Returns:
        Between cut and n * cut, in inverse units of the distance. Time O(scales * n^3).

    Raises:
        ParameterError: ``cut`` or ``scales`` is outside its range; and see `separating_scale`.

    Source:
        MagArea: Limbeck et al. (2024), arXiv:2311.16054.
    """
    cut = separating_scale(points) if cut is None else cut
    return _area(_curve(points, cut, scales), cut)


def magnitude_difference(
    left: NDArray[Any], right: NDArray[Any], cut: float | None = None, scales: int = 30
) -> float:
    """Measure the area between the magnitudes of two sets of points over all scales up to a cut.

    Args:
        left: (n, d) distinct rows, 1 <= n <= 20,000.
        right: (m, e) the other rows.
        cut: Largest scale, above 0; None takes the mean of the two `separating_scale`.
        scales: Number of scales, 2 or more, at equal steps.

    Returns:
        0 or more, in inverse units of the distance; 0 for sets that a motion brings together.

    Raises:
        ParameterError: ``cut`` or ``scales`` is outside its range; and see `separating_scale`.

    Source:
        MagDiff: Limbeck et al. (2024), arXiv:2311.16054.
    """
    if cut is None:
        cut = (separating_scale(left) + separating_scale(right)) / 2
    return _area(np.abs(_curve(left, cut, scales) - _curve(right, cut, scales)), cut)


def spread(points: NDArray[Any], scale: float = 1.0) -> float:
    """Count the effectively separate points without solving for weights: sum of 1 / (Z 1).

    Never above the magnitude where no weight is negative, and it takes points that coincide and
    any number of them. The distances of float32 rows are taken in float32.

    Args:
        points: (n, d) rows.
        scale: t > 0, in inverse units of the distance.

    Returns:
        Between 1 and n; 0 for none. Time O(n^2 d), memory of a block.

    Raises:
        ParameterError: ``scale`` is not positive.

    Source:
        Willerton (2015), arXiv:1209.2300.
    """
    if not scale > 0:
        raise ParameterError("scale", scale, "above 0")
    return float((1 / decay_sums(points, scale)).sum()) if len(points) else 0.0


def _distances(points: NDArray[Any]) -> NDArray[np.float64]:
    """Distances of all pairs of distinct rows, in the short form of scipy."""
    if len(points) > _MOST:
        raise ParameterError("points", f"{len(points):,} rows", f"at most {_MOST:,} rows")
    from scipy.spatial.distance import pdist

    found: NDArray[np.float64] = pdist(np.asarray(points, dtype=np.float64))
    if not found.min(initial=np.inf) > 0:
        raise _coincide()
    return found


def _coincide() -> ParameterError:
    return ParameterError(
        "points", "rows that coincide at this scale", "distinct; drop duplicates first"
    )


def _weights(gaps: NDArray[np.float64], count: int, scale: float) -> NDArray[np.float64]:
    from scipy.linalg import LinAlgError, cho_factor, cho_solve
    from scipy.spatial.distance import squareform

    try:
        similarity = squareform(np.exp(-scale * gaps)) if count > 1 else np.zeros((count, count))
        np.fill_diagonal(similarity, 1.0)
        factor = cho_factor(similarity, overwrite_a=True)
    except LinAlgError:
        raise _coincide() from None
    weights: NDArray[np.float64] = cho_solve(factor, np.ones(count))
    return weights


def _by_gradients(points: NDArray[Any], scale: float) -> NDArray[np.float64]:
    from scipy.sparse.linalg import LinearOperator, cg

    size = len(points)
    rows = np.asarray(points, dtype=np.float64)
    similarity = LinearOperator(
        (size, size), lambda weights: decay_sums(rows, scale, weights.ravel()), dtype=np.float64
    )
    weights, failed = cg(similarity, np.ones(size), rtol=_CLOSE, maxiter=_GRADIENTS)
    if failed:
        raise ParameterError("scale", scale, f"larger, or solved: {_GRADIENTS:,} steps did not do")
    solved: NDArray[np.float64] = weights
    return solved


def _curve(points: NDArray[Any], cut: float, scales: int) -> NDArray[np.float64]:
    """Magnitudes at equal steps from scale 0, where it is 1, to the cut."""
    if not (cut >= 0 and np.isfinite(cut)):
        raise ParameterError("cut", cut, "finite and above 0")
    if scales < 2:
        raise ParameterError("scales", scales, "2 or more")
    if not len(points):
        raise ParameterError("points", "empty", "at least one row")
    gaps = _distances(points)
    steps = np.linspace(0, cut, scales)[1:]
    found = [_weights(gaps, len(points), scale).sum() for scale in steps.tolist() if scale > 0]
    return np.array([1.0, *found] if found else [1.0] * scales)


def _area(curve: NDArray[np.float64], cut: float) -> float:
    """Area under straight lines between values at equal steps from 0 to the cut."""
    return float(curve.sum() - (curve[0] + curve[-1]) / 2) * cut / (len(curve) - 1)
