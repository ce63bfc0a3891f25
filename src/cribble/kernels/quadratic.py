"""Least quadratic forms over sets that are easy to project on: what weights are solved with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Projection = Callable[[Floats], Floats]

# A step shorter than this share of the largest coordinate is taken as none.
_ENOUGH = 1e-9


class Reached(NamedTuple):
    """Where a minimization ended.

    Args:
        point: (m,) float64, inside the set.
        value: The objective there.
    """

    point: Floats
    value: float


def minimize_quadratic(
    apply: Projection,
    linear: Floats,
    steepest: float,
    project: Projection,
    start: Floats,
    *,
    rounds: int = 2000,
) -> Reached:
    """Minimize ``x P x / 2 - linear x`` over a convex set, by accelerated projected gradients.

    Momentum starts anew whenever it points uphill. The excess over the minimum falls at least as
    the square of the rounds. A round costs one product with P and one projection.

    Args:
        apply: Product of the positive semidefinite P with (m,).
        linear: (m,) float64.
        steepest: No eigenvalue of P is larger.
        project: The nearest point of the set.
        start: (m,) float64, any point.
        rounds: Most rounds.

    Source:
        Beck and Teboulle (2009), doi:10.1137/080716542; restarts: O'Donoghue and Candes (2015),
        doi:10.1007/s10208-013-9150-3.
    """
    point = project(start)
    ahead, pace = point, 1.0
    for _ in range(rounds):
        after = project(ahead + (linear - apply(ahead)) / max(steepest, 1e-300))
        step, move = np.abs(after - ahead).max(initial=0.0), after - point
        if (ahead - after) @ move > 0:
            pace = 1.0
        faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = after + (pace - 1) / faster * move
        point, pace = after, faster
        if step <= _ENOUGH * np.abs(point).max(initial=0.0):
            break
    return Reached(point, float(point @ apply(point) / 2 - linear @ point))


def box_with_sum(most: float, low: float, high: float) -> Projection:
    """Project on the points of [0, most]^m whose sum lies in [low, high].

    A point outside is moved by one number in all coordinates, and cut. The set must not be empty:
    low <= high, 0 <= high and low <= m most.
    """

    def project(x: Floats) -> Floats:
        cut = np.clip(x, 0.0, most)
        total = float(cut.sum())
        aim = low if total < low else high if total > high else None
        if aim is None or not len(x):
            return cut
        # The sum falls as the shift grows, in straight pieces: the bisection finds the piece.
        left, right = float(x.min()) - most, float(x.max())
        for _ in range(60):
            middle = (left + right) / 2
            if float(np.clip(x - middle, 0.0, most).sum()) > aim:
                left = middle
            else:
                right = middle
        return np.clip(x - (left + right) / 2, 0.0, most)

    return project


def ball(center: Floats, radius: float) -> Projection:
    """Project on the points within ``radius`` of ``center``."""

    def project(x: Floats) -> Floats:
        gap = x - center
        length = float(np.linalg.norm(gap))
        return x if length <= radius else center + gap * (radius / length)

    return project


def slab(direction: Floats, half: float) -> Projection:
    """Project on the points whose product with ``direction`` lies in [-half, half]."""
    square = float(direction @ direction)

    def project(x: Floats) -> Floats:
        along = float(direction @ x)
        return x - direction * ((along - min(max(along, -half), half)) / square)

    return project


def all_of(*projections: Projection, rounds: int = 100) -> Projection:
    """Project on what convex sets share, by Dykstra's rounds over them; the last set holds exactly.

    Source:
        Boyle and Dykstra (1986), doi:10.1007/978-1-4613-9940-7_3.
    """

    def project(x: Floats) -> Floats:
        owed = [np.zeros_like(x) for _ in projections]
        for _ in range(rounds):
            before = x
            for number, one in enumerate(projections):
                moved = one(x + owed[number])
                owed[number] += x - moved
                x = moved
            if float(np.abs(x - before).max(initial=0.0)) < 1e-9:
                break
        return x

    return project
