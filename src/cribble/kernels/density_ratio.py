"""How much denser the target is than the pool at each row, by kernels or by a classifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import row_uniforms
from cribble.kernels.kernel_mean import gaussian, squared_gaps
from cribble.kernels.threads import limited_threads
from cribble.kernels.weights import mean_one

Floats = NDArray[np.float64]

# Fixed, so that no memory limit changes how sums are taken.
_TILE = 1024
_ROUNDS = 500


def ulsif(
    rows: NDArray[Any], targets: NDArray[Any], centers: Floats, width: float, ridge: float
) -> Floats:
    """Unconstrained least-squares importance fitting.

    Args:
        rows: (n, d) the pool, n at least 1.
        targets: (q, d).
        centers: (c, d) where the kernels stand.
        width: Their standard deviation.
        ridge: Added to the diagonal of the kernels' second moments.

    Returns:
        (n,) float64 ratios, 0 or more, of mean 1 unless all are 0.

    Source:
        Kanamori, Hido and Sugiyama (2009), JMLR 10, 1391-1445.
    """
    with limited_threads(1):
        theta = _least_squares(rows, targets, centers, width, ridge)
        return _ratios(rows, centers, width, theta)


def kliep(rows: NDArray[Any], targets: NDArray[Any], centers: Floats, width: float) -> Floats:
    """Kullback-Leibler importance estimation, by 500 rounds of its fixed point.

    Each round multiplies a kernel's weight by its mean share of the ratio at the targets over
    its mean at the rows, which never lowers the likelihood and keeps the mean ratio 1.

    Returns:
        As `ulsif` does.

    Source:
        Sugiyama et al. (2008), doi:10.1007/s10463-008-0197-x.
    """
    with limited_threads(1):
        theta = _most_likely(rows, targets, centers, width)
        return _ratios(rows, centers, width, theta)


def classifier(rows: NDArray[Any], targets: NDArray[Any], seed: int) -> Floats:
    """Odds of being a target row, by logistic regression on the coordinates and their squares.

    Exact for Gaussians without correlations. Two models learn to tell the target from random rows
    of either half of the pool, 2,000 or 10 a target row, and each scores the other half, so that
    no row is scored by a model that was told it is not wanted. Both classes weigh the same.

    Returns:
        As `ulsif` does.

    Source:
        Bickel, Brueckner and Scheffer (2009), JMLR 10, 2137-2155.
    """
    from sklearn.linear_model import LogisticRegression

    half = row_uniforms(seed, "halves of the classifier", 0, len(rows)) < 0.5
    draws = np.argsort(row_uniforms(seed, "rows of the classifier", 0, len(rows)), kind="stable")
    middle = sum(part.sum(axis=0) for part in _tiles(rows)) / len(rows)
    spread = sum(np.square(part - middle).sum(axis=0) for part in _tiles(rows)) / len(rows)
    scale = np.where(spread > 1e-24, np.sqrt(np.maximum(spread, 1e-24)), 1.0)

    def features(part: Floats) -> Floats:
        part = (part - middle) / scale
        return np.concatenate([part, np.square(part)], axis=1)

    odds = np.zeros(len(rows))
    aims = features(np.asarray(targets, dtype=np.float64))
    with limited_threads(1):
        for side in (False, True):
            learned = draws[half[draws] == side][: max(2_000, 10 * len(targets))]
            if not len(learned):
                continue
            others = features(np.asarray(rows[np.sort(learned)], dtype=np.float64))
            model = LogisticRegression(class_weight="balanced", max_iter=1000)
            model.fit(
                np.concatenate([aims, others]), np.arange(len(aims) + len(others)) < len(aims)
            )
            found = np.concatenate([model.decision_function(features(p)) for p in _tiles(rows)])
            odds[half != side] = found[half != side]
    # No odds are so long that the others vanish beside them.
    return mean_one(np.exp(np.clip(odds, -30.0, 30.0)))


def likely_width(
    rows: NDArray[Any],
    targets: NDArray[Any],
    centers: Floats,
    widths: Sequence[float],
    ridge: float | None,
) -> float:
    """The width whose ratios fit targets that were held out best, in five folds.

    Args:
        rows: (n, d) the pool, or a sample of it.
        targets: (q, d), in random order, q at least 5.
        centers: (c, d).
        widths: What to choose from; the first of equals.
        ridge: Of `ulsif`, whose squared error then decides; None for the likelihood of `kliep`.
    """
    found = []
    with limited_threads(1):
        for width in widths:
            near, aims = (np.concatenate(list(_near(x, centers, width))) for x in (rows, targets))
            scores = []
            for fold in range(5):
                held = np.arange(len(targets)) % 5 == fold
                if ridge is None:
                    theta = _most_likely(rows, targets[~held], centers, width)
                    scores.append(np.log(np.maximum(aims[held] @ theta, 1e-300)).mean())
                else:
                    theta = _least_squares(rows, targets[~held], centers, width, ridge)
                    scores.append((aims[held] @ theta).mean() - np.square(near @ theta).mean() / 2)
            found.append(float(np.mean(scores)))
    return widths[int(np.argmax(np.round(found, 9)))]


def median_gap(targets: NDArray[Any], centers: Floats) -> float:
    """Median distance between targets and centers that are apart; 1 where none are."""
    with limited_threads(1):
        gaps = np.concatenate([squared_gaps(part, centers) for part in _tiles(targets)])
    apart = gaps[gaps > 1e-12]
    return float(np.sqrt(np.median(apart))) if len(apart) else 1.0


def _least_squares(
    rows: NDArray[Any], targets: NDArray[Any], centers: Floats, width: float, ridge: float
) -> Floats:
    moments = sum(near.T @ near for near in _near(rows, centers, width)) / len(rows)
    aim = np.concatenate(list(_near(targets, centers, width))).mean(axis=0)
    theta: Floats = np.linalg.solve(moments + ridge * np.eye(len(centers)), aim)
    return np.maximum(theta, 0.0)


def _most_likely(
    rows: NDArray[Any], targets: NDArray[Any], centers: Floats, width: float
) -> Floats:
    mean = sum(near.sum(axis=0) for near in _near(rows, centers, width)) / len(rows)
    aims = np.concatenate(list(_near(targets, centers, width)))
    reached = mean > 1e-12
    theta: Floats = (
        np.where(reached, 1.0, 0.0) / np.where(reached, mean, 1.0) / max(1, reached.sum())
    )
    for _ in range(_ROUNDS):
        ratios = np.maximum(aims @ theta, 1e-300)
        theta *= (aims / ratios[:, None]).mean(axis=0) / np.where(reached, mean, 1.0)
    return theta


def _ratios(rows: NDArray[Any], centers: Floats, width: float, theta: Floats) -> Floats:
    return mean_one(np.concatenate([near @ theta for near in _near(rows, centers, width)]))


def _near(rows: NDArray[Any], centers: Floats, width: float) -> Iterator[Floats]:
    for part in _tiles(rows):
        yield gaussian(part, centers, width)


def _tiles(rows: NDArray[Any]) -> Iterator[Floats]:
    for start in range(0, len(rows), _TILE):
        yield np.asarray(rows[start : start + _TILE], dtype=np.float64)
