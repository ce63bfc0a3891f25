"""Learned attention: the network tells classes apart, and its forward pass is the kernel's."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.kernels.attention import attend, hashed_neighbors

pytestmark = pytest.mark.models


def _points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    X = rng.normal(size=(60, 2)) + 4 * labels[:, None]
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32), labels


def test_training_makes_the_network_sure_of_separate_classes() -> None:
    from cribble.signals.graph_attention import train_attention

    X, labels = _points()
    near = hashed_neighbors(X, 5, views=2, bits=1, seed=0)
    chance = [
        attend(X, near, labels, train_attention(X, near, labels, 2, epochs=epochs)).sure.mean()
        for epochs in (1, 60)
    ]
    assert chance[1] > max(chance[0], 0.95)


def test_weights_do_not_depend_on_threads() -> None:
    import torch

    from cribble.signals.graph_attention import train_attention

    X, labels = _points()
    near = hashed_neighbors(X, 5, views=2, bits=1, seed=0)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(train_attention(X, near, labels, 2, epochs=3, seed=4))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    for one, other in zip(*found, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_first_step_follows_the_gradient_of_the_kernels_own_loss() -> None:
    """Adam's first step is the sign of the gradient, here by finite differences."""
    from cribble.signals.graph_attention import train_attention

    X, labels = _points()
    X, labels = X[20:40], labels[20:40]
    near = hashed_neighbors(X, 3, views=1, bits=0, seed=0)
    start = train_attention(X, near, labels, 2, heads=1, hidden=2, epochs=0)
    moved = train_attention(X, near, labels, 2, heads=1, hidden=2, epochs=1)

    def loss(layers: tuple) -> float:
        return -float(np.log(attend(X, near, labels, layers).sure).mean())

    checked = 0
    for number in (0, 1):
        for name in ("weight", "own", "other"):
            array = getattr(start[number], name)
            for place in np.ndindex(array.shape):
                slopes = []
                for step in (2e-2, -2e-2):
                    shifted = array.copy()
                    shifted[place] += step
                    layers = list(start)
                    layers[number] = start[number]._replace(**{name: shifted})
                    slopes.append(loss(tuple(layers)))
                slope = (slopes[0] - slopes[1]) / 4e-2
                if abs(slope) > 5e-3:
                    step = getattr(moved[number], name)[place] - array[place]
                    assert np.sign(step) == -np.sign(slope)
                    checked += 1
    assert checked > 8
