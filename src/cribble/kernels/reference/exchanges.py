"""Twin of `cribble.kernels.exchanges`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def exchanges(
    affinities: NDArray[np.float64], held: NDArray[np.float64], picks: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Twin of `cribble.kernels.exchanges.dense_exchanges`, from (m, n) affinities."""

    def value(rows: list[int]) -> float:
        return float(np.maximum(affinities[:, rows].max(axis=1, initial=0.0), held).sum())

    whole = picks.tolist()
    before = value(whole)
    changes = np.empty((affinities.shape[1], len(whole)))
    for row in range(len(changes)):
        for place in range(len(whole)):
            other = [*whole[:place], *whole[place + 1 :], row]
            changes[row, place] = value(other) - before
    return changes
