"""How much denser the target is than the pool at each row, with Gaussian kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        moments = sum(near.T @ near for near in _near(rows, centers, width)) / len(rows)
        aim = np.concatenate(list(_near(targets, centers, width))).mean(axis=0)
        theta = np.linalg.solve(moments + ridge * np.eye(len(centers)), aim)
        return _ratios(rows, centers, width, np.maximum(theta, 0.0))


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
        mean = sum(near.sum(axis=0) for near in _near(rows, centers, width)) / len(rows)
        aims = np.concatenate(list(_near(targets, centers, width)))
        reached = mean > 1e-12
        theta = np.where(reached, 1.0, 0.0) / np.where(reached, mean, 1.0) / max(1, reached.sum())
        for _ in range(_ROUNDS):
            ratios = np.maximum(aims @ theta, 1e-300)
            theta *= (aims / ratios[:, None]).mean(axis=0) / np.where(reached, mean, 1.0)
        return _ratios(rows, centers, width, theta)


def median_gap(targets: NDArray[Any], centers: Floats) -> float:
    """Median distance between targets and centers that are apart; 1 where none are."""
    with limited_threads(1):
        gaps = np.concatenate(list(_gaps(targets, centers)))
    apart = gaps[gaps > 1e-12]
    return float(np.sqrt(np.median(apart))) if len(apart) else 1.0


def _ratios(rows: NDArray[Any], centers: Floats, width: float, theta: Floats) -> Floats:
    return mean_one(np.concatenate([near @ theta for near in _near(rows, centers, width)]))


def _near(rows: NDArray[Any], centers: Floats, width: float) -> Iterator[Floats]:
    for gaps in _gaps(rows, centers):
        yield np.exp(-gaps / (2 * width**2))


def _gaps(rows: NDArray[Any], centers: Floats) -> Iterator[Floats]:
    lengths = np.square(centers).sum(axis=1)
    for start in range(0, len(rows), _TILE):
        part = np.asarray(rows[start : start + _TILE], dtype=np.float64)
        gaps = np.square(part).sum(axis=1)[:, None] + lengths - 2 * (part @ centers.T)
        yield np.maximum(gaps, 0.0, out=gaps)
