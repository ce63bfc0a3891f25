"""Ridge regression whose penalty is the one that would have predicted best."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# In multiples of the mean eigenvalue of the features' scatter.
_PENALTIES = 10.0 ** np.arange(-6.0, 3.0)


class Linear(NamedTuple):
    """A linear map from features to some numbers.

    Args:
        slopes: (d, p) float64.
        offsets: (p,) float64.
        r2: (p,) float64 share of the variance that it predicts of rows left out, one by one;
            below 0 where the mean predicts better.
    """

    slopes: Floats
    offsets: Floats
    r2: Floats


def ridge(x: NDArray[Any], y: Floats) -> Linear:
    """Fit each number by least squares with a penalty chosen by leaving one row out.

    O(m d^2); holds two float64 copies of the features.

    Args:
        x: (m, d) finite floats, m at least 2.
        y: (m, p) float64.

    Source:
        Errors of rows left out, in closed form: Allen (1974), doi:10.1080/00401706.1974.10489157.
    """
    middle, level = x.mean(axis=0, dtype=np.float64), y.mean(axis=0)
    wide, aims = x - middle, y - level
    values, axes = np.linalg.eigh(wide.T @ wide)
    values = np.maximum(values, 0.0)
    turned = wide @ axes
    parts = turned.T @ aims
    m, least = len(x), np.full(aims.shape[1], np.inf)
    slopes = np.zeros((x.shape[1], aims.shape[1]))
    for penalty in _PENALTIES * max(float(values.mean()), 1e-300):
        shrunk = parts / (values + penalty)[:, None]
        own = 1 / m + np.square(turned) @ (1 / (values + penalty))
        left_out = (aims - turned @ shrunk) / np.maximum(1 - own, 1e-9)[:, None]
        errors = np.square(left_out).sum(axis=0)
        better = errors < least
        least[better] = errors[better]
        slopes[:, better] = (axes @ shrunk)[:, better]
    total = np.square(aims * (m / (m - 1))).sum(axis=0)
    r2 = 1 - np.divide(least, total, out=np.ones_like(total), where=total > 0)
    return Linear(slopes, level - middle @ slopes, r2)
