"""Twin of `cribble.kernels.set_functions`, one subset and row at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cribble.kernels.set_functions import SetWeights


def value(
    X: NDArray[Any], inside: NDArray[np.bool_], weights: SetWeights, share: float, row: int
) -> float:
    """F of a subset of the pool; ``row`` counts once, and every other row ``share`` times."""
    total, whole = np.zeros((2, len(weights.shift)))
    for i, x in enumerate(X):
        state = np.tanh(x @ weights.embed + weights.shift)
        whole = whole + share * state
        if inside[i]:
            total = total + state * (1.0 if i == row else share)
    hidden = total @ weights.own + whole @ weights.whole + weights.bias
    return float(np.maximum(hidden, 0) @ weights.last)


def mean_gains(
    X: NDArray[Any], weights: SetWeights, masks: NDArray[np.bool_], typical: float
) -> NDArray[np.float64]:
    """Twin of `cribble.kernels.set_functions.mean_gains`."""
    gains, share = np.zeros(len(X)), typical / len(X)
    for row in range(len(X)):
        for mask in masks:
            with_row, without = mask.copy(), mask.copy()
            with_row[row], without[row] = True, False
            gains[row] += value(X, with_row, weights, share, row)
            gains[row] -= value(X, without, weights, share, row)
    return gains / len(masks)
