"""Effective numbers of rows from eigenvalues, for many sets that differ by one row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# What rounding leaves of an eigenvalue of 0, as a share of the largest.
_ROUNDING = 1e-12


def effective_numbers(matrices: NDArray[np.float64], order: float) -> NDArray[np.float64]:
    """Exponential of the Renyi entropy of the eigenvalue shares of some matrices.

    Args:
        matrices: (c, r, r) float64 symmetric, positive semidefinite.
        order: Of the entropy, in (0, inf].

    Returns:
        (c,) float64, 1 for a matrix of zeros. Time O(c r^3).
    """
    values = np.linalg.eigvalsh(matrices)
    most = values.max(axis=1, initial=0.0, keepdims=True)
    values = np.where(values > _ROUNDING * most, values, 0.0)
    sums = values.sum(axis=1, keepdims=True)
    shares = values / np.where(sums > 0, sums, 1.0)
    if np.isinf(order):
        numbers = 1.0 / np.where(sums[:, 0] > 0, shares.max(axis=1, initial=0.0), 1.0)
    elif order == 1:
        numbers = np.exp(-(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1))
    else:
        powers = np.where(shares > 0, shares, 1.0) ** order * (shares > 0)
        numbers = np.where(sums[:, 0] > 0, powers.sum(axis=1), 1.0) ** (1.0 / (1.0 - order))
    found: NDArray[np.float64] = numbers
    return found
