"""Twin of `cribble.kernels.attention`, one row and head at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cribble.kernels.attention import Layer


def attend(
    X: NDArray[np.float32],
    near: NDArray[np.int32],
    labels: NDArray[np.int64],
    layers: tuple[Layer, Layer],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Twin of `cribble.kernels.attention.attend`."""
    n, wide = len(X), X.astype(np.float64)
    hidden, _ = _layer(wide, near, layers[0])
    flat = hidden.reshape(n, -1)
    out, shares = _layer(np.where(flat > 0, flat, np.expm1(np.minimum(flat, 0))), near, layers[1])
    logits = out.mean(axis=1)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return shares.mean(axis=0).sum(axis=0), chances[np.arange(n), labels]


def _layer(
    x: NDArray[np.float64], near: NDArray[np.int32], layer: Layer
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each row gathers, (n, heads, f), and who attends to whom, (heads, n, n)."""
    n, heads = len(x), len(layer.weight)
    out, shares = np.zeros((n, *layer.own.shape)), np.zeros((heads, n, n))
    for head in range(heads):
        states = x @ layer.weight[head].astype(np.float64)
        for row in range(n):
            others = near[row][near[row] < n]
            score = states[row] @ layer.own[head] + states[others] @ layer.other[head]
            odds = np.exp(np.where(score > 0, score, 0.2 * score))
            shares[head, row, others] = odds / odds.sum()
        out[:, head] = shares[head] @ states + layer.bias[head]
    return out, shares
