"""Twins of `cribble.kernels.concave`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.concave import OFFSET, POWER


def bend(sums: NDArray[np.float64], caps: NDArray[np.float64], shape: str) -> NDArray[np.float64]:
    """Twin of `bend`, with the shape by name."""
    bent: dict[str, NDArray[np.float64]] = {
        "sqrt": np.sqrt(sums),
        "log": np.log(1 + sums),
        "ratio": sums / (1 + sums),
        "cap": np.minimum(sums, caps),
        "saturation": 1 - np.exp(-sums),
        "power": (sums + OFFSET) ** POWER - OFFSET**POWER,
    }
    return bent[shape]


def gains(
    features: NDArray[np.float64],
    sums: NDArray[np.float64],
    caps: NDArray[np.float64],
    weights: NDArray[np.float64],
    shape: str,
) -> NDArray[np.float64]:
    """Twin of `dense_gains` and `listed_gains`, of every row."""
    rises = bend(sums + features, caps, shape) - bend(sums, caps, shape)
    result: NDArray[np.float64] = rises @ weights
    return result
