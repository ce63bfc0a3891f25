"""Targeted objectives: what picks have in common with queries, and what they add to what is held.

Rows and queries are of unit length; a similarity is their cosine, clipped at 0. Where cosines may
be negative most of these functions are neither monotone nor submodular.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import ParameterError
from cribble.kernels import concave as kernel
from cribble.kernels.lists import Lists
from cribble.kernels.relevance import BLOCK, clipped_products, relevance
from cribble.kernels.threads import in_threads, limited_threads
from cribble.objectives.base import Objective
from cribble.objectives.concave import SHAPES
from cribble.objectives.facility_location import (
    Affinity,
    FacilityLocation,
    ListedFacilityLocation,
)
from cribble.objectives.log_determinant import LogDeterminant
from cribble.objectives.mixture import Mixture
from cribble.objectives.modular import Modular

Rows = NDArray[np.float32]
CONCAVE = ("log", "sqrt", "ratio")


def graph_cut_information(points: Rows, queries: Rows) -> Modular:
    """GCMI: the sum over picks and queries of their similarity.

    Modular: a pure retrieval of the rows most like the queries, near duplicates among them.

    Args:
        points: (n, d) float32 unit rows.
        queries: (q, d) float32 unit rows.

    Source:
        Kothawade et al. (2022), PRISM, arXiv:2103.00128, without its factor 2 lambda.
    """
    return Modular(relevance(points, queries).total)


def facility_location_query_information(
    affinity: Affinity, queries: Rows, eta: float = 1.0, memory: int = 1 << 30
) -> Mixture:
    """FLQMI: sum over queries of the best pick, plus eta * the sum over picks of the best query.

    Monotone and submodular. The first sum is full once every query has its nearest row; the
    second goes on, so the function never saturates. Only pairs with queries are looked at.

    Args:
        affinity: The rows, prepared for "cosine".
        queries: (q, d) float32 unit rows.
        eta: Weight of the second sum, 0 or more; the larger, the more relevant are the picks.
        memory: Bytes that lists of pairs may take.

    Raises:
        ParameterError: ``eta`` is negative or not finite.

    Source:
        Kothawade et al. (2022), arXiv:2103.00128.
    """
    covered = FacilityLocation(affinity, queries, memory)
    return Mixture((covered, Modular(relevance(affinity.points, queries).largest)), (1.0, eta))


def facility_location_information(
    lists: Lists,
    caps: NDArray[np.float32] | None = None,
    held: NDArray[np.float32] | None = None,
    targets: int = 0,
) -> ListedFacilityLocation:
    """FLMI, FLCG or FLCMI: facility location that counts up to a cap, above what is held.

    f(S) = sum over i of max(0, min(max over j in S of s_ij, caps_i) - held_i). With caps of eta *
    the largest similarity to a query it is FLMI, which saturates: once each row has a pick as like
    it as its query is, nothing gains. With nu * the largest similarity to a private row held it is
    FLCG, with both FLCMI: `conditional_gain` has them by name. Monotone and submodular, all three.

    Args:
        lists: For each candidate its targets and similarities, 0 or more.
        caps: (m,) float32, 0 or more; None for none.
        held: (m,) float32, 0 or more; None for 0.
        targets: Number of targets, m, where neither is given.

    Raises:
        ParameterError: ``held`` is negative somewhere.

    Source:
        Kothawade et al. (2022), arXiv:2103.00128.
    """
    count = next((len(one) for one in (caps, held) if one is not None), targets)
    values = lists.values if caps is None else np.minimum(lists.values, caps[lists.rows])
    return ListedFacilityLocation(Lists(lists.start, lists.rows, values), count, held)


class _QuerySums:
    """Sum over queries of a concave function of the picks' similarities, in O(q d) a gain.

    The table of similarities is never held, so that its size does not matter.
    """

    monotone = True
    submodular = True

    def __init__(self, points: Rows, queries: Rows, shape: str) -> None:
        self.size = len(points)
        self._points, self._queries, self._shape = points, queries, SHAPES.index(shape)
        self._caps, self._weights = np.full(len(queries), np.inf), np.ones(len(queries))
        self.reset()

    def reset(self) -> None:
        self._sums, self._held = np.zeros(len(self._queries)), np.zeros(len(self._queries))
        self._value = 0.0

    @property
    def value(self) -> float:
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        state = (self._sums, self._held, self._caps, self._weights, self._shape)

        def block(low: int) -> NDArray[np.float64]:
            table = clipped_products(self._points, rows[low : low + BLOCK], self._queries)
            gains: NDArray[np.float64] = kernel.dense_gains(table, *state, np.arange(len(table)))
            return gains

        return np.concatenate([np.empty(0), *in_threads(block, range(0, len(rows), BLOCK))])

    def bounds(self) -> NDArray[np.float64]:
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        gain = float(self.gains(np.array([row]))[0])
        self._sums += clipped_products(self._points, np.array([row]), self._queries)[0]
        self._held = kernel.bend(self._sums, self._caps, self._shape)
        self._value += gain
        return gain


def concave_over_modular_information(
    points: Rows, queries: Rows, eta: float = 1.0, shape: str = "log"
) -> Mixture:
    """COM: eta * sum over picks of shape(similarity to all queries) + the same the other way.

    The other way is the sum over queries of shape(similarity to all picks). Monotone and
    submodular; it never saturates.

    Args:
        points: (n, d) float32 unit rows.
        queries: (q, d) float32 unit rows.
        eta: Weight of the first sum, 0 or more; the larger, the more relevant are the picks.
        shape: "log", log(1 + x); "sqrt"; or "ratio", x / (1 + x).

    Raises:
        ParameterError: No such shape, or ``eta`` is negative or not finite.

    Source:
        Kothawade et al. (2022), arXiv:2103.00128.
    """
    if shape not in CONCAVE:
        raise ParameterError("shape", shape, " or ".join(CONCAVE))
    total = relevance(points, queries).total
    scores = kernel.bend(total, np.full(len(total), np.inf), SHAPES.index(shape))
    parts: tuple[Objective, ...] = (_QuerySums(points, queries, shape), Modular(scores))
    return Mixture(parts, (1.0, eta))


class LogDetInformation:
    """Log-det MI: log det S_A - log det(S_A - eta^2 S_AQ S_Q^-1 S_QA), with S = cosines + ridge I.

    Monotone, but *not* submodular, though often taken to be: gains may rise. Greedy has no
    guarantee and no certificate here, and lazy evaluation is refused. Cosines are not clipped:
    the kernel has to be positive semidefinite. The difference of two `LogDeterminant`, of which
    the second sees rows with the span of the queries shrunk.

    Args:
        points: (n, d) float32 unit rows.
        queries: (q, d) float32 unit rows.
        eta: How much the queries explain, in [0, 1].
        ridge: Above 0, in the unit of a squared length.

    Raises:
        ParameterError: ``eta`` or ``ridge`` is outside what it may be.

    Source:
        Kothawade et al. (2022), arXiv:2103.00128; the factored form is ours.
    """

    monotone = True
    submodular = False

    def __init__(
        self, points: NDArray[Any], queries: NDArray[Any], eta: float = 1.0, ridge: float = 0.1
    ) -> None:
        if not 0 <= eta <= 1:
            raise ParameterError("eta", eta, "in [0, 1]: beyond, the kernel is not semidefinite")
        if not ridge > 0:
            raise ParameterError("ridge", ridge, "above 0")
        self.size = len(points)
        self._all = LogDeterminant(points, ridge)
        self._rest = LogDeterminant(unexplained(points, queries, eta, ridge), ridge)

    def reset(self) -> None:
        """Go back to the empty set."""
        self._all.reset()
        self._rest.reset()

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._all.value - self._rest.value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        return self._all.gains(rows) - self._rest.gains(rows)

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every gain; none bounds a later one."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        return self._all.add(row) - self._rest.add(row)


def unexplained(
    points: NDArray[Any], queries: NDArray[Any], eta: float, ridge: float
) -> NDArray[Any]:
    """Take out of rows what queries explain, O(n d^2).

    Returns:
        (n, d) rows B' with B' B'^T = B B^T - eta^2 B Q^T (Q Q^T + ridge I)^-1 Q B^T.
    """
    # One thread and blocks of one size: how products are cut decides their last bits.
    with limited_threads(1):
        _, lengths, axes = np.linalg.svd(queries.astype(np.float64), full_matrices=False)
        squares = lengths**2
        # Written so that nothing cancels where the queries explain an axis almost wholly.
        left = np.sqrt((ridge + (1 - eta) * (1 + eta) * squares) / (ridge + squares))
        shrink = (axes.T * (1 - left)) @ axes
        rest = np.empty_like(points)
        for low in range(0, len(points), BLOCK):
            part = points[low : low + BLOCK].astype(np.float64)
            rest[low : low + BLOCK] = part - part @ shrink
    return rest
