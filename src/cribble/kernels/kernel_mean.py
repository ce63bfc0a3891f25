"""Gaussian kernels between rows, and their mean over a set of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream
from cribble.kernels.distances import mean_row
from cribble.kernels.gaussian import as_columns, kernel_sums

_ROWS = 16_384


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

    O(n m d); holds a float32 copy of the reference and of 16,384 rows. Values depend on the rows
    alone, not on threads.

    Args:
        x: (n, d) finite floats.
        reference: (m, d) finite floats, m at least 1 if n is.
        width: Standard deviation of the kernel, above 0.

    Returns:
        (n,) float64 in [0, 1], right to about 1e-7 times how many widths rows lie from their mean.
    """
    out = np.zeros(len(x))
    center = mean_row(reference)
    others = as_columns(reference, np.arange(len(reference)), center, width)
    for start in range(0, len(x), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(x)))
        out[rows] = kernel_sums(as_columns(x, rows, center, width), others)
    return out / max(1, len(reference))


def gaussian(x: NDArray[np.float64], y: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """All exp(-|x - y|^2 / (2 width^2)), (n, m) for (n, d) and (m, d) rows."""
    return np.exp(squared_gaps(x, y) / (-2 * width**2))


def squared_gaps(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """All |x - y|^2, (n, m) for (n, d) and (m, d) rows, by one product."""
    lengths = np.einsum("ij,ij->i", x, x)[:, None] + np.einsum("ij,ij->i", y, y)
    squares: NDArray[np.float64] = np.maximum(lengths - 2 * (x @ y.T), 0.0)
    return squares
