"""Weights by which kernel means agree: rows like a target, or picks like a pool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream
from cribble.kernels.features import random_features
from cribble.kernels.kernel_mean import gaussian, kernel_mean
from cribble.kernels.quadratic import (
    Projection,
    all_of,
    ball,
    box_with_sum,
    minimize_quadratic,
    slab,
)
from cribble.kernels.threads import limited_threads
from cribble.kernels.weights import mean_one

Floats = NDArray[np.float64]

BATCH = 1000
_LARGEST, _ROUNDS = 1000.0, 500
_EXACT, _FEATURES = 2000, 1024


class Matched(NamedTuple):
    """Weights of rows, and of targets.

    Args:
        weights: (n,) float64 of mean 1.
        support: (q,) float64 in [0, 1], how much of each target row the weighted rows stand for.
    """

    weights: Floats
    support: Floats


def match_means(
    rows: NDArray[Any],
    targets: NDArray[Any],
    width: float,
    *,
    release: float = 0.0,
    seed: int = 0,
    batch: int = BATCH,
) -> Matched:
    """Weigh rows so that their kernel mean is the targets': kernel mean matching.

    Rows are matched in random batches of equal size, which makes the time linear in the rows: a
    batch is a quadratic program over weights in [0, 1000] with a mean within 1 - 1 / sqrt(batch)
    of 1. With ``release`` above 0 targets get weights in [0, 1] too, at most that far from 1 in
    root mean square, so that targets that no row is near need not be matched: double weighting.

    Args:
        rows: (n, d) finite floats.
        targets: (q, d) finite floats, q at least 1.
        width: Standard deviation of the Gaussian kernel.
        release: In [0, 1); 0 is kernel mean matching.
        seed: Decides the batches.
        batch: Most rows of one; memory is 24 bytes times (batch + q)^2, or batch^2 without release.

    Source:
        Huang et al. (2007), NIPS 19, 601-608; in batches: Miao, Farahat and Kamel (2015), ICDM;
        double weighting: Segovia-Martin, Mazuelas and Liu (2023), arXiv:2305.08637.
    """
    aims = np.asarray(targets, dtype=np.float64)
    weights, support = np.zeros(len(rows)), np.zeros(len(aims))
    with limited_threads(1):
        for part in _batches(len(rows), batch, seed):
            some = np.asarray(rows[part], dtype=np.float64)
            if release > 0:
                found = _double(some, aims, width, release)
            else:
                found = Matched(_single(some, aims, width), np.ones(len(aims)))
            weights[part] = found.weights
            support += found.support * len(part) / len(rows)
    return Matched(mean_one(weights), support if len(rows) else np.ones(len(aims)))


def _batches(size: int, batch: int, seed: int) -> Iterator[NDArray[np.int64]]:
    order = stream(seed, "batches of matching").permutation(size)
    for part in np.array_split(order, max(1, -(-size // batch))):
        if len(part):
            yield np.sort(part)


def _single(rows: Floats, aims: Floats, width: float) -> Floats:
    size = len(rows)
    near = gaussian(rows, rows, width)
    slack = size - np.sqrt(size)
    return minimize_quadratic(
        lambda w: near @ w,
        size * kernel_mean(rows, aims, width),
        float(near.sum(axis=1).max()),
        box_with_sum(_LARGEST, size - slack, size + slack),
        np.ones(size),
        rounds=_ROUNDS,
    ).point


def _double(rows: Floats, aims: Floats, width: float, release: float) -> Matched:
    size, number = len(rows), len(aims)
    signed = np.concatenate([np.full(size, 1 / size), np.full(number, -1 / number)])
    both = np.concatenate([rows, aims])
    near = gaussian(both, both, width) * signed * signed[:, None]
    project = all_of(
        slab(signed, 1 - size**-0.5),
        _after(size, ball(np.ones(number), release * number**0.5)),
        _box(size, _LARGEST * (1 - release)),
    )
    found = minimize_quadratic(
        lambda u: near @ u,
        np.zeros(size + number),
        float(np.abs(near).sum(axis=1).max()),
        project,
        np.ones(size + number),
        rounds=_ROUNDS,
    ).point
    return Matched(found[:size], found[size:])


def _after(first: int, project: Projection) -> Projection:
    return lambda u: np.concatenate([u[:first], project(u[first:])])


def _box(first: int, most: float) -> Projection:
    """[0, most] for the first coordinates, [0, 1] for the others."""
    return lambda u: np.concatenate([np.clip(u[:first], 0, most), np.clip(u[first:], 0, 1)])


class Balanced(NamedTuple):
    """Weights of picks, and how far their kernel mean is from the reference's.

    Args:
        weights: (k,) float64 of mean 1.
        distance: Maximum mean discrepancy with the weights.
        equal: With equal weights.
    """

    weights: Floats
    distance: float
    equal: float


def balance_means(
    picks: NDArray[Any],
    reference: NDArray[Any],
    width: float,
    *,
    most: float | None = None,
    seed: int = 0,
    exact: int = _EXACT,
) -> Balanced:
    """Weigh picks, none below 0, so that their kernel mean is as near a reference's as can be.

    Args:
        picks: (k, d) finite floats, k at least 1.
        reference: (m, d) finite floats, m at least 1.
        width: Standard deviation of the Gaussian kernel.
        most: Largest weight, 1 or more; None for no limit.
        seed: Decides the random features.
        exact: Up to so many picks the kernel is exact, in 16 k^2 bytes; beyond, it is that of
            1,024 random features, in 4 kB a pick, and so are the distances.

    Source:
        Gretton et al. (2012), JMLR 13, 723-773; as weights for covariate balance, Kallus (2020),
        arXiv:1612.08321.
    """
    rows, others = (np.asarray(x, dtype=np.float64) for x in (picks, reference))
    size = len(rows)
    with limited_threads(1):
        if size <= exact:
            near = gaussian(rows, rows, width)
            steepest = float(near.sum(axis=1).max())
            aim = kernel_mean(rows, others, width)
            own = float(kernel_mean(others, others, width).mean())

            def apply(w: Floats) -> Floats:
                return near @ w

        else:
            maps = random_features(rows.shape[1], _FEATURES, width, seed)
            features = np.concatenate(list(maps.tiles(rows))).astype(np.float32)
            middle = maps.mean(others)
            aim, own = features @ middle, float(middle @ middle)

            def apply(w: Floats) -> Floats:
                return (features @ (w @ features)).astype(np.float64)

            steepest = _steepest(apply, size)
        cap = 1.0 if most is None else max(1.0, most) / size
        equal = np.full(size, 1 / size)
        found = minimize_quadratic(
            apply, aim, steepest, box_with_sum(cap, 1.0, 1.0), equal, rounds=_ROUNDS
        )

        def distance(w: Floats) -> float:
            return float(max(float(w @ apply(w) - 2 * (w @ aim)) + own, 0.0) ** 0.5)

        return Balanced(found.point * size, distance(found.point), distance(equal))


def _steepest(apply: Projection, size: int) -> float:
    """A little over the largest eigenvalue of a nearly nonnegative matrix, by power iteration."""
    vector = np.ones(size)
    for _ in range(30):
        vector = apply(vector / np.linalg.norm(vector))
    return 1.1 * float(np.linalg.norm(vector))
