"""K-means++ seeds: each new one is drawn in proportion to its squared distance to the nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import stream
from cribble.core.errors import ParameterError
from cribble.kernels.assignment import float_rows, nearest_centers
from cribble.kernels.distances import squared_distance

_PROPOSALS = 256
# In products of a row with a center: one pass over a row, and one distance outside a product.
_PASS = 32
_GAP = 8


def seed_centers(
    x: NDArray[Any], k: int, *, seed: int = 0, exact: bool = False, spherical: bool = False
) -> NDArray[np.int64]:
    """Draw k rows by k-means++, in expectation within O(log k) of the least inertia.

    Rejection sampling gives the same distribution as k passes: a row is proposed in proportion to
    its squared distance D0 to the seeds of an earlier moment, and accepted with chance D / D0, its
    distance to the seeds of now. The source measures D0 from the mean and the first seed; here D0
    is measured from the seeds themselves, at first one, and again whenever the proposals since
    have cost as much as measuring would. So the work stays within twice the best choice of moments.

    Holds 28 bytes a row beside the array.

    Args:
        x: (n, d) finite floats, float16 and memory maps too.
        k: Number of seeds, from 1 to n.
        seed: Decides the draws.
        exact: Whether to measure every row after every seed: k passes, for comparison.
        spherical: Whether rows are scaled to length 1 first.

    Returns:
        (k,) int64 rows, in the order drawn, no repeats; the lowest unused ones once every row lies
        on a seed.

    Raises:
        ParameterError: ``k`` is not in [1, n].

    Source:
        Arthur and Vassilvitskii (2007), doi:10.5555/1283383.1283494; rejection:
        arXiv:2502.02085.
    """
    n = len(x)
    if not 1 <= k <= n:
        raise ParameterError("k", k, f"in [1, {n}]")
    random = stream(seed, "k-means++")
    rows = [int(random.integers(n))]
    points = np.empty((k, x.shape[1]), dtype=np.float32)
    points[0] = float_rows(x[rows], spherical)[0]
    squares = np.full(n, np.inf)
    measured = 0
    while len(rows) < k:
        fresh = points[measured : len(rows)]
        np.minimum(squares, nearest_centers(x, fresh, spherical=spherical)[1], out=squares)
        # A seed is at distance 0 of itself, whatever the rounding of a copy.
        squares[rows] = 0.0
        measured = len(rows)
        table = np.cumsum(squares)
        if not table[-1] > 0:
            left = np.setdiff1d(np.arange(n), rows)[: k - len(rows)]
            return np.concatenate([np.asarray(rows, dtype=np.int64), left])
        # Measuring again would cost a pass, and a product with each seed that came since.
        credit = n * _PASS // _GAP
        while len(rows) < k and (len(rows) == measured or (credit > 0 and not exact)):
            drawn = random.random((_PROPOSALS, 2))
            proposed = np.searchsorted(table, drawn[:, 0] * table[-1], side="right")
            proposed = np.minimum(proposed, n - 1)
            found = float_rows(x[proposed], spherical)
            bars = squares[proposed] * drawn[:, 1]
            room = 1 if exact else k - len(rows)
            taken, gaps = _accept(found, bars, points, measured, len(rows), room)
            rows += proposed[taken].tolist()
            credit += n * len(taken) // _GAP - gaps
    return np.asarray(rows, dtype=np.int64)


@njit(cache=True, nogil=True)
def _accept(found, bars, points, measured, count, room):  # type: ignore[no-untyped-def]
    """Accept, in turn, rows at least as far as their bar from all points since ``measured``.

    Accepted rows are appended to ``points``; returns their places and the distances computed.
    """
    places, taken, gaps = np.empty(len(found), dtype=np.int64), 0, 0
    for i in range(len(found)):
        if taken == room:
            break
        inside = bars[i] > 0
        for p in range(measured, count + taken):
            if not inside:
                break
            inside = squared_distance(found[i], points[p], bars[i]) >= bars[i]
            gaps += 1
        if inside:
            points[count + taken] = found[i]
            places[taken] = i
            taken += 1
    return places[:taken], gaps
