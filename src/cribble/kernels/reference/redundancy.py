"""Twin of `cribble.kernels.redundancy`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def nearest_earlier(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Twin of `cribble.kernels.redundancy.nearest_earlier`; holds m^2 d numbers."""
    wide = np.asarray(rows, dtype=np.float64)
    table = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)
    table[np.triu_indices(len(wide))] = np.inf
    nearest = table.argmin(axis=1)
    squares = table[np.arange(len(wide)), nearest]
    return squares, np.where(np.isinf(squares), -1, nearest)
