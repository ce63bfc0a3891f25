"""Whitening: coordinates in which the rows vary by one in every direction, on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.distances import BLOCK
from cribble.kernels.threads import limited_threads

Floats = NDArray[np.float64]

# Columns of the factor are padded to whole tiles of matrix products, as rows are to `BLOCK`.
_WHOLE = 64


class Whitening(NamedTuple):
    """Where rows are moved and how they are turned; their covariance is then the identity.

    Args:
        mean: (d,) float64.
        factor: (d, d) float64; a row x becomes ``(x - mean) @ factor``.
    """

    mean: Floats
    factor: Floats


def whitening(parts: Sequence[NDArray[Any]], ridge: float) -> Whitening:
    """Measure mean and covariance of several arrays as if they were one, and factor the inverse.

    Sums are float64 over blocks of a fixed size, so that neither memory nor threads change them.
    Memory: two (d, d) float64 arrays and one block. O(n d^2 + d^3).

    Args:
        parts: Arrays of (n_i, d) finite numbers, at least one row in all; may be memory maps.
        ridge: Added to the variance in every direction, as a share of the mean variance, above 0.

    Returns:
        The whitening; where all rows are equal, the factor is the identity.
    """
    dim, size = parts[0].shape[1], sum(map(len, parts))
    blocks = [(part, at) for part in parts for at in range(0, len(part), BLOCK)]
    total = np.zeros(dim)
    for part, at in blocks:
        total += part[at : at + BLOCK].sum(axis=0, dtype=np.float64)
    mean, covariance = total / size, np.zeros((dim, dim))
    with limited_threads(1):
        for part, at in blocks:
            centered = np.asarray(part[at : at + BLOCK], dtype=np.float64) - mean
            covariance += centered.T @ centered / size
        spread = float(np.trace(covariance)) / max(1, dim)
        if spread == 0.0:
            return Whitening(mean, np.eye(dim))
        root = np.linalg.cholesky(covariance + ridge * spread * np.eye(dim))
        return Whitening(mean, np.linalg.inv(root).T)


class Whitened:
    """Whitened rows of unit length, computed when they are sliced: an array never held whole.

    A row at the mean stays zero. A row is rounded to float32 after whole tiles of float64 matrix
    products, and so does not depend on the rows computed beside it.

    Args:
        array: (n, d) finite numbers; may be a memory map.
        whitening: What `whitening` measured.
    """

    def __init__(self, array: NDArray[Any], whitening: Whitening) -> None:
        self.shape = array.shape
        self._array = array
        self._mean = whitening.mean
        dim = len(whitening.mean)
        self._factor = np.zeros((dim, -(-dim // _WHOLE) * _WHOLE))
        self._factor[:, :dim] = whitening.factor

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Whiten some rows, (m, d) float32."""
        some = self._array[rows]
        out = np.empty(some.shape, dtype=np.float32)
        tile = np.zeros((BLOCK, self.shape[1]))
        for at in range(0, len(some), BLOCK):
            part = some[at : at + BLOCK]
            tile[: len(part)] = part
            tile[: len(part)] -= self._mean
            white = (tile @ self._factor)[: len(part), : self.shape[1]]
            lengths = np.sqrt(np.square(white).sum(axis=1))[:, None]
            np.divide(white, lengths, out=white, where=lengths > 0)
            out[at : at + len(part)] = white
        return out

    def within(self, memory: int) -> Any:
        """The same rows: as one array where it fits ``memory`` bytes, else computed on demand."""
        fits = 4 * self.shape[0] * self.shape[1] <= memory
        return self[:] if fits else self
