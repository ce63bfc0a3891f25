"""K-center with outliers by balls: which rows are outliers is decided by what the picks leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Limits
from cribble.kernels.balls import ball_sizes, cover_ball
from cribble.kernels.distances import squared_distances

_STEPS = 6  # each halves the logarithm of what the radius may be off, 2 at first


class Balls(NamedTuple):
    """Picks whose balls leave few rows out.

    Args:
        admission: What was picked.
        covered: (m,) bool, rows within three radii of a pick.
    """

    admission: Admission
    covered: NDArray[np.bool_]


def cover_by_balls(
    x: NDArray[np.float32], rows: NDArray[np.int64], limits: Limits, outliers: int, radius: float
) -> Balls:
    """Pick the row whose ball holds most uncovered rows, cover all within three radii, and so on.

    Stops where no more than ``outliers`` rows are left uncovered; so it does, if some set within a
    row budget leaves no more rows farther than the radius. O(m^2 d).

    Args:
        x: (m, d) float32 rows that are to be covered.
        rows: (m,) int64 their numbers in the pool, ascending, kept rows among them.
        limits: What the picks must hold.
        outliers: How many rows may be left uncovered.
        radius: Above 0.

    Source:
        Charikar, Khuller, Mount and Narasimhan (2001), doi:10.5555/365411.365555.
    """
    admission, square = Admission(limits), radius**2
    uncovered, covered = ball_sizes(x, square), np.zeros(len(rows), dtype=np.bool_)
    for row in admission.picks:
        place = int(np.searchsorted(rows, row))
        cover_ball(x, place, square, covered, uncovered, 9 * square)
    while not admission.done and (~covered).sum() > outliers:
        gains = np.where(admission.open_rows()[rows], uncovered, 0)
        best = int(gains.argmax())
        if not gains[best]:
            break
        admission.add(int(rows[best]))
        cover_ball(x, best, square, covered, uncovered, 9 * square)
    return Balls(admission, covered)


def least_balls(
    x: NDArray[np.float32],
    rows: NDArray[np.int64],
    limits: Limits,
    outliers: int,
    radius: float,
) -> Balls:
    """Search the least radius at which `cover_by_balls` leaves few enough rows, to 1.1 %.

    Args:
        x: As there, and so ``rows``, ``limits`` and ``outliers``.
        rows: See there.
        limits: See there.
        outliers: See there.
        radius: Where to begin, such as one that is known to be enough.
    """

    def enough(balls: Balls) -> bool:
        return int((~balls.covered).sum()) <= outliers

    radius = max(radius, 1e-12)
    farthest = (
        2 * float(np.sqrt(squared_distances(x, x[0].astype(np.float64)).max())) if len(x) else 0
    )
    best = cover_by_balls(x, rows, limits, outliers, radius)
    # Where nothing may be picked, no radius will do.
    while not enough(best) and radius <= farthest:
        radius *= 2
        best = cover_by_balls(x, rows, limits, outliers, radius)
    while enough(best) and radius > 1e-12:
        smaller = cover_by_balls(x, rows, limits, outliers, radius / 2)
        if not enough(smaller):
            break
        best, radius = smaller, radius / 2
    low = radius / 2
    for _ in range(_STEPS if enough(best) and radius > 1e-12 else 0):
        middle = float(np.sqrt(low * radius))
        found = cover_by_balls(x, rows, limits, outliers, middle)
        if enough(found):
            best, radius = found, middle
        else:
            low = middle
    return best
