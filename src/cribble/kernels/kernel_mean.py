"""Gaussian kernels between rows, and their mean over a set of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream
from cribble.kernels.distances import BLOCK


def median_distance(x: NDArray[Any], *, seed: int, sample: int = 1000) -> float:
    """Median distance of two rows, from a sample of rows; 1 where it is 0.

    Args:
        x: (n, d) finite floats.
        seed: Decides the sample.
        sample: Rows of the sample.
    """
    rows = np.arange(len(x))
    if len(x) > sample:
        rows = np.sort(stream(seed, "median distance").choice(len(x), sample, replace=False))
    wide = np.asarray(x[rows], dtype=np.float64)
    squares = squared_gaps(wide, wide)[np.triu_indices(len(wide), 1)]
    middle = float(np.sqrt(np.median(squares))) if len(squares) else 0.0
    return middle if middle > 0 else 1.0


def kernel_mean(x: NDArray[Any], reference: NDArray[Any], width: float) -> NDArray[np.float64]:
    """Average exp(-|x - y|^2 / (2 width^2)) over the rows y of a reference.

    Products in float64, in blocks of a fixed size, rounded to 12 decimals, so that neither threads
    nor the memory limit can change them. O(n m d); holds a block of 1,024 x 1,024 numbers.

    Args:
        x: (n, d) finite floats.
        reference: (m, d) finite floats, m at least 1 if n is.
        width: Standard deviation of the kernel, above 0.

    Returns:
        (n,) float64 in [0, 1].
    """
    out = np.zeros(len(x))
    for start in range(0, len(x), BLOCK):
        rows = np.asarray(x[start : start + BLOCK], dtype=np.float64)
        for first in range(0, len(reference), BLOCK):
            others = np.asarray(reference[first : first + BLOCK], dtype=np.float64)
            near = gaussian(rows, others, width)
            out[start : start + BLOCK] += near.sum(axis=1)
    means: NDArray[np.float64] = np.round(out / max(1, len(reference)), 12)
    return means


def gaussian(x: NDArray[np.float64], y: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """All exp(-|x - y|^2 / (2 width^2)), (n, m) for (n, d) and (m, d) rows."""
    return np.exp(squared_gaps(x, y) / (-2 * width**2))


def squared_gaps(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """All |x - y|^2, (n, m) for (n, d) and (m, d) rows, by one product."""
    lengths = np.einsum("ij,ij->i", x, x)[:, None] + np.einsum("ij,ij->i", y, y)
    squares: NDArray[np.float64] = np.maximum(lengths - 2 * (x @ y.T), 0.0)
    return squares
