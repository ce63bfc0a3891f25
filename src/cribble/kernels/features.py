"""Random features: maps whose inner products are a Gaussian kernel's values on average."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream

Floats = NDArray[np.float64]

# Fixed, so that no memory limit changes how sums are taken.
_TILE = 1024


@dataclass(frozen=True, slots=True, eq=False)
class RandomFeatures:
    """A map to cosines and sines of random frequencies.

    Args:
        frequencies: (d, D / 2) float64.
    """

    frequencies: Floats

    def tiles(self, rows: NDArray[Any]) -> Iterator[Floats]:
        """Features of 1,024 rows at a time, (m, D), each of length 1."""
        for start in range(0, len(rows), _TILE):
            angles = np.asarray(rows[start : start + _TILE], np.float64) @ self.frequencies
            scale = self.frequencies.shape[1] ** -0.5
            yield scale * np.concatenate([np.cos(angles), np.sin(angles)], axis=1)

    def mean(self, rows: NDArray[Any], weights: Floats | None = None) -> Floats:
        """Weighted mean of the features over rows, (D,); weights None are equal."""
        total = np.zeros(2 * self.frequencies.shape[1])
        share = np.ones(len(rows)) if weights is None else weights
        for number, tile in enumerate(self.tiles(rows)):
            total += share[number * _TILE : (number + 1) * _TILE] @ tile
        return total / (float(share.sum()) or 1.0)


def random_features(dim: int, count: int, width: float, seed: int) -> RandomFeatures:
    """Draw features of the kernel exp(-|x - y|^2 / (2 width^2)).

    Args:
        dim: Dimension of the rows, d.
        count: Features, an even number; a kernel value is off by about count^-1/2.
        width: Standard deviation of the kernel.
        seed: Seed of the run.

    Source:
        Rahimi and Recht (2007), Random features for large-scale kernel machines, NIPS 20.
    """
    draws = stream(seed, "random features").normal(size=(dim, count // 2))
    return RandomFeatures(draws / width)
