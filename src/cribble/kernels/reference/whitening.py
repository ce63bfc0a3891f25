"""Plain NumPy twin of `cribble.kernels.whitening`: all rows at once, by eigenvectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def whitened_cosines(rows: Floats, targets: Floats, ridge: float) -> Floats:
    """Cosines of every row with every target once their joint covariance is the identity."""
    both = np.concatenate([rows, targets])
    centered = both - both.mean(axis=0)
    covariance = centered.T @ centered / len(both)
    inverse = np.linalg.inv(
        covariance + ridge * np.trace(covariance) / rows.shape[1] * np.eye(rows.shape[1])
    )
    own, other = centered[: len(rows)], centered[len(rows) :]
    lengths = [np.sqrt(((one @ inverse) * one).sum(axis=1)) for one in (own, other)]
    cosines: Floats = own @ inverse @ other.T / np.outer(*lengths)
    return cosines
