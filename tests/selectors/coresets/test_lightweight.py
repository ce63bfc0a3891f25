"""Lightweight coresets: chances by their formula, and unbiased costs of centers."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coresets.lightweight import Lightweight

X = np.random.default_rng(0).gamma(1.0, size=(60, 2))


def test_chances_are_half_uniform_and_half_by_distance_to_the_mean() -> None:
    squares = ((X - X.mean(axis=0)) ** 2).sum(axis=1)
    want = 0.5 / 60 + squares / (2 * squares.sum())
    chosen = Lightweight().select(Pool.from_array(X), Budget(rows=5))
    np.testing.assert_allclose(chosen.scores / 60, want, rtol=1e-9)
    np.testing.assert_allclose(chosen.weights, 1 / (5 * want[chosen.indices]), rtol=1e-9)


def test_the_weighted_cost_of_centers_is_unbiased() -> None:
    centers = np.array([[0.5, 0.5], [2.0, 1.0]])
    cost = ((X[:, None] - centers) ** 2).sum(axis=2).min(axis=1)
    pool, found = Pool.from_array(X), []
    for seed in range(1_500):
        chosen = Lightweight().select(pool, Budget(rows=8), seed)
        found.append(chosen.weights @ cost[chosen.indices])
    assert abs(np.mean(found) - cost.sum()) < 4 * np.std(found) / np.sqrt(len(found))


def test_equal_rows_weigh_the_same() -> None:
    chosen = Lightweight().select(Pool.from_array(np.ones((12, 3))), Budget(rows=4))
    assert chosen.weights.tolist() == pytest.approx([3.0] * 4)
    assert chosen.stats["effective_size"] == pytest.approx(4)


def test_a_clip_below_one_is_refused() -> None:
    with pytest.raises(ParameterError, match="clip"):
        Lightweight(clip=0.5)
