"""Coverage: what is there counts once, or until it is enough."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.concave import column_sums
from cribble.kernels.lists import Lists
from cribble.objectives.concave import ConcaveOverSums


def saturated_coverage(
    similarities: NDArray[Any] | Lists, alpha: float = 0.1, targets: int | None = None
) -> ConcaveOverSums:
    """Sum over targets i of min(sum over j in S of s_ij, alpha * sum over all j of s_ij).

    Args:
        similarities: (n, m) float, candidate by target, 0 or more; or their lists.
        alpha: Share of all similarity at which a target is covered, in (0, 1].
        targets: Number of targets, m, where ``similarities`` are lists.

    Raises:
        ParameterError: ``alpha`` is outside what it may be, or a similarity is negative.

    Source:
        Lin and Bilmes (2011), aclanthology.org/P11-1052.
    """
    if not 0 < alpha <= 1:
        raise ParameterError("alpha", alpha, "above 0 and at most 1")
    if isinstance(similarities, Lists):
        sums = np.zeros(targets or 0)
        np.add.at(sums, similarities.rows, similarities.values)
    else:
        sums = column_sums(similarities)
    return ConcaveOverSums(similarities, "cap", caps=alpha * sums, width=targets)


def max_coverage(
    members: NDArray[Any] | Lists,
    weights: NDArray[np.float64] | None = None,
    *,
    enough: float = 1.0,
    elements: int | None = None,
) -> ConcaveOverSums:
    """Sum of the weights of the covered elements; one that is covered c < enough times counts c.

    Args:
        members: (n, u) of 0 and 1, which row covers which element; or lists with values of 1.
        weights: (u,) float64 weight of each element, 0 or more; None for ones.
        enough: How often an element counts.
        elements: Number of elements, u, where ``members`` are lists.

    Raises:
        ParameterError: A weight is negative.
    """
    count = elements or 0 if isinstance(members, Lists) else members.shape[1]
    caps = np.full(count, enough, dtype=np.float64)
    return ConcaveOverSums(members, "cap", weights=weights, caps=caps, width=elements)


def shared_coverage(
    members: NDArray[Any] | Lists,
    others: NDArray[Any],
    weights: NDArray[np.float64],
    *,
    beside: bool = False,
    elements: int | None = None,
) -> ConcaveOverSums:
    """Weight of the elements that picks and other rows cover both: mutual information of coverage.

    With ``beside``, of those that picks cover and the others do not: conditional gain.

    Args:
        members: As in `max_coverage`.
        others: (q, u) of 0 and 1, which of the other rows, queries or private ones, covers what.
        weights: (u,) float64 weight of each element, 0 or more.
        beside: Whether to count what the others do not cover.
        elements: As in `max_coverage`.

    Raises:
        ParameterError: A weight is negative.

    Source:
        Kothawade et al. (2022), PRISM, arXiv:2103.00128.
    """
    counted = (np.asarray(others) > 0).any(axis=0) != beside
    return max_coverage(members, np.where(counted, weights, 0.0), elements=elements)


def probabilistic_coverage(
    chances: NDArray[Any] | Lists,
    weights: NDArray[np.float64] | None = None,
    elements: int | None = None,
) -> ConcaveOverSums:
    """Expected weight of the covered elements: sum of w_u (1 - prod over j in S of (1 - p_ju)).

    Args:
        chances: (n, u) float in [0, 1], the chance that a row covers an element; or their lists.
        weights: (u,) float64 weight of each element, 0 or more; None for ones.
        elements: Number of elements, u, where ``chances`` are lists.

    Raises:
        ParameterError: A chance lies outside [0, 1], or a weight is negative.
    """
    values = chances.values if isinstance(chances, Lists) else chances
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise ParameterError("chances", [float(values.min()), float(values.max())], "in [0, 1]")
    # With e = -log(1 - p), the product is exp(-sum of e): a concave function of a sum.
    with np.errstate(divide="ignore"):
        exponents = -np.log1p(-values.astype(np.float64))
    # 1 - exp(-750) is 1; infinity would not survive being added and subtracted.
    np.minimum(exponents, 750.0, out=exponents)
    features = (
        Lists(chances.start, chances.rows, exponents) if isinstance(chances, Lists) else exponents
    )
    return ConcaveOverSums(features, "saturation", weights=weights, width=elements)
