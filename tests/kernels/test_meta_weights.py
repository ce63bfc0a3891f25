"""Meta weights against derivatives of the clean rows' loss by each row's weight."""

from __future__ import annotations

import numpy as np

from cribble.kernels.meta_weights import meta_weights


def _loss(x: np.ndarray, labels: np.ndarray, head: np.ndarray) -> np.ndarray:
    logits = x @ head
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(x)), labels]


def _step(x: np.ndarray, labels: np.ndarray, weights: np.ndarray, head: np.ndarray) -> np.ndarray:
    chances = np.exp(x @ head)
    chances /= chances.sum(axis=1, keepdims=True)
    return head - 0.5 / len(x) * (x.T @ (weights[:, None] * (chances - np.eye(3)[labels])))


def test_a_weight_is_what_more_of_the_row_does_for_clean_rows() -> None:
    draw = np.random.default_rng(0)
    x, clean = draw.standard_normal((12, 4)), draw.standard_normal((7, 4))
    labels, truth = draw.integers(0, 3, 12), draw.integers(0, 3, 7)
    head, total = np.zeros((4, 3)), np.zeros(12)
    for steps in range(1, 4):
        slopes = np.empty(12)
        for row in range(12):
            weights = np.zeros(12)
            weights[row] = 1e-5
            up = _loss(clean, truth, _step(x, labels, weights, head)).mean()
            down = _loss(clean, truth, _step(x, labels, -weights, head)).mean()
            slopes[row] = (down - up) / 2e-5
        helpful = np.maximum(slopes, 0)
        total += helpful
        head = _step(x, labels, helpful / helpful.mean(), head)
        found = meta_weights(x, labels, clean, truth, 3, steps=steps, rate=0.5)
        np.testing.assert_allclose(found, total / total.mean(), rtol=1e-4, atol=1e-6)
        assert (slopes < 0).any()


def test_where_no_row_helps_all_weigh_the_same() -> None:
    x = np.array([[1.0, 0.0], [1.0, 0.0]])
    found = meta_weights(x, np.array([0, 0]), -x[:1] * 0, np.array([1]), 2, steps=3, rate=1.0)
    assert found.tolist() == [1, 1]
