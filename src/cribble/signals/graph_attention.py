"""Train graph attention to classify rows from their neighbors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import stream
from cribble.kernels.attention import SLOPE, Layer
from cribble.signals.pretrained import need

if TYPE_CHECKING:
    from torch import Tensor

_RATE, _DECAY = 0.01, 5e-4


def train_attention(
    X: NDArray[np.float32],
    near: NDArray[np.int32],
    labels: NDArray[np.int64],
    classes: int,
    *,
    heads: int = 4,
    hidden: int = 16,
    epochs: int = 30,
    seed: int = 0,
) -> tuple[Layer, Layer]:
    """Fit two layers of graph attention by cross-entropy on all rows, with Adam on the CPU.

    Runs on one thread, so that it ends at the same weights on any number of them.

    Args:
        X: (n, d) float32, n at least 1.
        near: (n, k) int32 neighbors, each row its own first; n stands for none.
        labels: (n,) int64 codes.
        classes: Number of labels.
        heads: Heads of each layer.
        hidden: Features of a head of the first layer.
        epochs: Passes over all rows.
        seed: Draws the first weights.

    Returns:
        The layers, for `cribble.kernels.attention.attend`. Memory: 4 bytes a row, neighbor, head
        and feature, several times.

    Raises:
        MissingPackageError: torch is not installed.

    Source:
        Velickovic et al. (2018), arXiv:1710.10903.
    """
    need("torch", "learned attention")
    import torch

    rows, target = torch.from_numpy(X), torch.from_numpy(labels)
    index = torch.from_numpy(near.astype(np.int64))
    with _one_thread():
        random = stream(seed, "attention weights")
        layers = [
            [torch.from_numpy(part).requires_grad_() for part in _start(random, heads, *shape)]
            for shape in ((X.shape[1], hidden), (heads * hidden, classes))
        ]
        weights = [part for layer in layers for part in layer]
        optimizer = torch.optim.Adam(weights, lr=_RATE, weight_decay=_DECAY)
        for _ in range(epochs):
            optimizer.zero_grad()
            states = torch.nn.functional.elu(_layer(rows, index, *layers[0]).flatten(1))
            logits = _layer(states, index, *layers[1]).mean(dim=1)
            loss = torch.nn.functional.cross_entropy(logits, target)
            loss.backward()
            optimizer.step()
    first, second = (Layer(*(part.detach().numpy() for part in layer)) for layer in layers)
    return first, second


def _layer(
    x: Tensor, index: Tensor, weight: Tensor, own: Tensor, other: Tensor, bias: Tensor
) -> Any:
    import torch

    def gathered(rows: Tensor) -> Tensor:
        # A row more, of zeros, for neighbors that are none.
        return torch.cat([rows, rows.new_zeros(1, *rows.shape[1:])])[index]

    heads, width, out = weight.shape
    scores = x @ torch.einsum("hdf,hf->dh", weight, own)
    scores = scores[:, None] + gathered(x @ torch.einsum("hdf,hf->dh", weight, other))
    scores = torch.nn.functional.leaky_relu(scores, SLOPE)
    scores = scores.masked_fill((index == len(x))[..., None], -torch.inf)
    shares = torch.softmax(scores, dim=1)
    # Sums of neighbors and the layer's product commute: whatever is narrower is gathered.
    if width < heads * out:
        return torch.einsum("nhd,hdf->nhf", shares.transpose(1, 2) @ gathered(x), weight) + bias
    states = gathered(torch.einsum("nd,hdf->nhf", x, weight))
    return torch.einsum("nkh,nkhf->nhf", shares, states) + bias


def _start(
    random: np.random.Generator, heads: int, width: int, out: int
) -> tuple[NDArray[np.float32], ...]:
    """Weights of Glorot's scale, and no bias."""
    scale = np.sqrt(2 / (width + out))
    weight = random.standard_normal((heads, width, out)) * scale
    own, other = random.standard_normal((2, heads, out)) * np.sqrt(2 / (1 + out))
    parts = (weight, own, other, np.zeros((heads, out)))
    return tuple(part.astype(np.float32) for part in parts)


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
