"""Conditional gain: what picks add to private rows, with which they should have little in common.

Rows, queries and private rows are of unit length. How facility location does it without lists is
`FacilityLocation` with ``held``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists
from cribble.kernels.projection import row_products
from cribble.kernels.relevance import relevance
from cribble.objectives.facility_location import ListedFacilityLocation
from cribble.objectives.graph_cut import GraphCut
from cribble.objectives.log_determinant import LogDeterminant
from cribble.objectives.mixture import RemovingMixture
from cribble.objectives.modular import Modular
from cribble.objectives.mutual_information import facility_location_information, unexplained

Rows = NDArray[np.float32]


def graph_cut_conditional_gain(
    points: Rows, private: Rows, lam: float = 0.4, nu: float = 1.0
) -> RemovingMixture:
    """GCCG: graph cut less 2 * lam * nu * the summed similarity of picks and private rows.

    Submodular, but not monotone: a pick much like the private rows may lower it. Similarities are
    (1 + cosine) / 2, as in `GraphCut`, also those with private rows.

    Args:
        points: (n, d) float32 unit rows.
        private: (p, d) float32 unit rows.
        lam: Weight of the redundancy, 0 or more.
        nu: How much private rows repel, 0 or more.

    Raises:
        ParameterError: ``lam`` or ``nu`` is negative or not finite.

    Source:
        Kothawade et al. (2022), PRISM, arXiv:2103.00128.
    """
    _check(nu)
    together = private.sum(axis=0, dtype=np.float64)
    alike = (row_products(points, np.arange(len(points)), together) + len(private)) / 2
    parts = (GraphCut(points, lam), Modular(-2 * lam * nu * alike))
    return RemovingMixture(parts, (1.0, 1.0))


def log_det_conditional_gain(
    points: Rows, private: Rows, nu: float = 1.0, ridge: float = 0.1
) -> LogDeterminant:
    """LogDetCG: log det(S_A - nu^2 S_AP S_P^-1 S_PA) - |A| log ridge, with S = cosines + ridge I.

    The volume of the picks once what private rows explain is taken out. The last term does not
    depend on which rows are picked, and with it the function is monotone; it is submodular, too,
    which log-det mutual information is not.

    Args:
        points: (n, d) float32 unit rows.
        private: (p, d) float32 unit rows.
        nu: How much private rows explain, in [0, 1].
        ridge: Above 0, in the unit of a squared length.

    Raises:
        ParameterError: ``nu`` or ``ridge`` is outside what it may be.

    Source:
        Kothawade et al. (2022), arXiv:2103.00128; the factored form is ours.
    """
    if not 0 <= nu <= 1:
        raise ParameterError("nu", nu, "in [0, 1]: beyond, the kernel is not semidefinite")
    if not ridge > 0:
        raise ParameterError("ridge", ridge, "above 0")
    return LogDeterminant(unexplained(points, private, nu, ridge), ridge)


def facility_location_conditional_gain(
    lists: Lists, points: Rows, private: Rows, nu: float = 1.0
) -> ListedFacilityLocation:
    """FLCG: sum over rows of how far the best pick is more like it than nu * the private rows.

    Args:
        lists: For each candidate its targets and similarities, 0 or more.
        points: (m, d) float32 unit rows, the targets of the lists.
        private: (p, d) float32 unit rows.
        nu: How much private rows count, 0 or more.

    Raises:
        ParameterError: ``nu`` is negative or not finite.

    Source:
        Kothawade et al. (2022), arXiv:2103.00128.
    """
    return facility_location_information(lists, None, _reached(points, private, nu, "nu"))


def facility_location_conditional_information(
    lists: Lists, points: Rows, queries: Rows, private: Rows, eta: float = 1.0, nu: float = 1.0
) -> ListedFacilityLocation:
    """FLCMI: as `facility_location_conditional_gain`, up to eta * the likeness to the queries.

    Args:
        lists: For each candidate its targets and similarities, 0 or more.
        points: (m, d) float32 unit rows, the targets of the lists.
        queries: (q, d) float32 unit rows.
        private: (p, d) float32 unit rows.
        eta: Weight of the queries, 0 or more.
        nu: Weight of the private rows, 0 or more.

    Raises:
        ParameterError: ``eta`` or ``nu`` is negative or not finite.

    Source:
        Kothawade et al. (2022), arXiv:2103.00128.
    """
    caps = _reached(points, queries, eta, "eta")
    return facility_location_information(lists, caps, _reached(points, private, nu, "nu"))


def _check(weight: float, name: str = "nu") -> None:
    if not (weight >= 0 and np.isfinite(weight)):
        raise ParameterError(name, weight, "finite and 0 or more")


def _reached(points: Rows, others: Rows, weight: float, name: str) -> NDArray[np.float32]:
    _check(weight, name)
    reached: NDArray[Any] = (weight * relevance(points, others).largest).astype(np.float32)
    return reached
