"""AutoCoreset: chances by the length of loss vectors, unbiased sums, the best model's draw."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.selectors.coresets.auto_coreset import AutoCoreset

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 2))
LOSSES = np.abs(RNG.normal(size=(80, 3))) * [1, 10, 100]
POOL = Pool.from_array(X, signals={"losses": LOSSES})


def test_chances_are_the_lengths_of_the_scaled_loss_vectors() -> None:
    chosen = AutoCoreset(loss="losses").select(POOL, Budget(rows=8))
    want = np.linalg.norm(LOSSES / LOSSES.mean(axis=0), axis=1)
    np.testing.assert_allclose(chosen.scores, want / want.mean())
    chances = np.minimum(1, 8 * want / want.sum())
    np.testing.assert_allclose(chosen.weights, 1 / chances[chosen.indices])
    assert chosen.stats["models"] == 3


def test_weighted_sums_are_unbiased_for_these_losses_and_others() -> None:
    other = np.exp(X[:, 0])
    wanted = np.column_stack([LOSSES, other])
    found = []
    for seed in range(500):
        chosen = AutoCoreset(loss="losses").select(POOL, Budget(rows=10), seed)
        found.append(chosen.weights @ wanted[chosen.indices])
    error = np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - wanted.sum(axis=0)) < 4 * error).all()


def test_the_draw_of_the_best_model_is_returned() -> None:
    seen: list[tuple[list[int], float]] = []

    def loss(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
        losses = ((X - weights @ X[rows] / weights.sum()) ** 2).sum(axis=1)
        seen.append((rows.tolist(), float(losses.mean())))
        return losses

    chosen = AutoCoreset(loss=loss, start=2, patience=3).select(POOL, Budget(rows=6))
    late = seen[2:]
    best = min(range(len(late)), key=lambda i: late[i][1])
    assert chosen.indices.tolist() == late[best][0]
    assert len(late) == best + 1 + 3
    assert chosen.stats["mean_loss"] == late[best][1]
    assert chosen.stats["uniform_loss"] == min(value for _, value in seen[:2])
    assert chosen.stats["models"] == len(seen)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SignalError, match="negative"):
        AutoCoreset(loss=lambda rows, weights: -np.ones(80)).select(POOL, Budget(rows=6))
    with pytest.raises(SignalError, match="shape"):
        AutoCoreset(loss=lambda rows, weights: np.ones(3)).select(POOL, Budget(rows=6))
    with pytest.raises(ParameterError, match="patience"):
        AutoCoreset(patience=0)
    with pytest.raises(ParameterError, match="clip"):
        AutoCoreset(clip=0.5)
