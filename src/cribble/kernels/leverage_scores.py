"""Leverage: how much a row can pull a least-squares fit toward itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.distances import BLOCK


def leverage_scores(x: NDArray[Any]) -> NDArray[np.float64]:
    """Diagonal of the projection on the columns, (n,) float64 in [0, 1], summing to the rank.

    From the eigenvectors of x'x in float64, in blocks of a fixed size: directions whose singular
    value is under a millionth of the largest count as none. O(n d^2); holds d^2 numbers and a
    block.

    Args:
        x: (n, d) finite floats; n may be 0.
    """
    gram = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), BLOCK):
        block = np.asarray(x[start : start + BLOCK], dtype=np.float64)
        gram += block.T @ block
    values, axes = np.linalg.eigh(gram)
    used = values > 1e-12 * max(values.max(initial=0.0), 1e-300)
    scaled = axes[:, used] / np.sqrt(values[used])
    out = np.empty(len(x))
    for start in range(0, len(x), BLOCK):
        block = np.asarray(x[start : start + BLOCK], dtype=np.float64)
        out[start : start + BLOCK] = ((block @ scaled) ** 2).sum(axis=1)
    return np.clip(out, 0.0, 1.0)
