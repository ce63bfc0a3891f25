"""Mixtures of sources: their transport distance to a target, predicted score and best shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.sinkhorn import sinkhorn

Floats = NDArray[np.float64]

# Steps grow while they help, and shrink where they do not.
_GROW, _SHRINK = 1.5, 0.4


class Worth(NamedTuple):
    """A value of shares, and how it changes with each of them, (m,), up to a constant."""

    value: float
    slope: Floats


class MixtureDistance:
    """Entropic transport cost from a mixture of sources to a target, by squared distance.

    All mixtures are weights on the same rows, so that no cost depends on how many rows there are.
    Each problem starts from where the last one ended.

    Args:
        rows: (n, d) sampled rows of all sources.
        codes: (n,) int64 source of each row; every one of the m sources has a row.
        targets: (q, d).
        epsilon: Strength of the entropy term, as a share of the mean cost.
        iterations: Of each problem, at most.
        tolerance: When these stop, as a share of the mean cost.
    """

    def __init__(
        self,
        rows: NDArray[Any],
        codes: NDArray[np.int64],
        targets: NDArray[Any],
        epsilon: float,
        iterations: int,
        tolerance: float,
    ) -> None:
        self._rows = np.asarray(rows, dtype=np.float64)
        self._aims = np.asarray(targets, dtype=np.float64)
        self._codes, self._sizes = codes, np.bincount(codes)
        self._solver = (epsilon, iterations, tolerance)
        gap = self._rows.mean(axis=0) - self._aims.mean(axis=0)
        spread = self._rows.var(axis=0).sum() + self._aims.var(axis=0).sum()
        self._scale = float(gap @ gap + spread) or 1.0
        self._start: Floats | None = None

    def __call__(self, shares: Floats) -> Worth:
        """Measure a mixture, (m,) shares that sum to 1."""
        masses = (shares / self._sizes)[self._codes]
        found = sinkhorn(
            self._rows,
            self._aims,
            *self._solver,
            masses=masses,
            scale=self._scale,
            start=self._start,
        )
        self._start = found.target
        sums = np.bincount(self._codes, found.source, minlength=len(self._sizes))
        return Worth(found.value, sums / self._sizes)


def mixture_features(shares: Floats, distance: float) -> Floats:
    """What a score is linear in, (3 m - 1,): the distance, all shares but the last, products."""
    free = shares[:-1]
    return np.concatenate([[1.0, distance], free, free * distance, free**2 * distance])


def predicted(coefficients: Floats, shares: Floats, distance: Worth) -> Worth:
    """Predict the score of a mixture and its slope, by the chain rule through the distance."""
    count = len(shares) - 1
    base, own, linear, crossed, squared = np.split(coefficients, np.cumsum([1, 1, count, count]))
    free = shares[:-1]
    by_distance = float(own[0] + crossed @ free + squared @ free**2)
    slope = by_distance * distance.slope
    slope[:-1] += linear + distance.value * (crossed + 2 * squared * free)
    return Worth(float(base[0] + linear @ free + by_distance * distance.value), slope)


def best_shares(
    worth: Callable[[Floats], Worth], start: Floats, steps: int
) -> tuple[Floats, Worth]:
    """Climb on the simplex along projected slopes; no step is taken that does not help.

    Args:
        worth: What to maximize.
        start: (m,) shares that sum to 1.
        steps: How many are tried.
    """
    shares, found = start, worth(start)
    slope = found.slope - found.slope.mean()
    stride = 0.5 / max(float(np.abs(slope).max()), 1e-300)
    for _ in range(steps):
        moved = on_simplex(shares + stride * (found.slope - found.slope.mean()))
        if np.abs(moved - shares).max() < 1e-6:
            break
        tried = worth(moved)
        better = tried.value > found.value
        stride *= _GROW if better else _SHRINK
        if better:
            shares, found = moved, tried
    return shares, found


def on_simplex(point: Floats) -> Floats:
    """The nearest point whose coordinates are 0 or more and sum to 1.

    Source:
        Duchi et al. (2008), doi:10.1145/1390156.1390191.
    """
    falling = np.sort(point)[::-1]
    excess = (np.cumsum(falling) - 1.0) / np.arange(1, len(point) + 1)
    cut = excess[np.nonzero(falling > excess)[0][-1]]
    moved: Floats = np.maximum(point - cut, 0.0)
    moved /= moved.sum()
    return moved


def at_size(sizes: Floats, scores: Floats, size: float) -> float:
    """Carry scores on to another number of rows, along a line in its logarithm.

    Args:
        sizes: (s,) numbers of rows, distinct, above 0.
        scores: (s,) the score at each; with two sizes the line goes through both.
        size: The number of rows asked about, above 0.
    """
    if len(sizes) == 1:
        return float(scores[0])
    gaps = np.log(sizes) - np.log(sizes).mean()
    slope = gaps @ scores / (gaps @ gaps)
    return float(scores.mean() + slope * (np.log(size) - np.log(sizes).mean()))
