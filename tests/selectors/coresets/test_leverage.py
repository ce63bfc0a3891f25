"""Leverage sampling: unbiased normal equations, and rows that no draw may miss."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.coresets.leverage import Leverage

X = np.random.default_rng(0).normal(size=(50, 3)) * np.array([1.0, 0.3, 2.0])


def test_the_weighted_gram_matrix_is_unbiased() -> None:
    pool, found = Pool.from_array(X), []
    for seed in range(1_500):
        chosen = Leverage().select(pool, Budget(rows=10), seed)
        rows = X[chosen.indices]
        found.append((rows * chosen.weights[:, None]).T @ rows)
    error = np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - X.T @ X) < 4.5 * error).all()


def test_a_row_that_alone_spans_a_direction_is_certain() -> None:
    x = np.zeros((40, 2))
    x[:, 0], x[7, 1] = np.random.default_rng(1).normal(size=40), 1.0
    for seed in range(10):
        chosen = Leverage().select(Pool.from_array(x), Budget(rows=6), seed)
        at = chosen.indices.tolist().index(7)
        assert chosen.weights[at] == pytest.approx(1.0)


def test_as_many_rows_as_the_pool_has_give_least_squares_itself() -> None:
    chosen = Leverage().select(Pool.from_array(X), Budget(rows=50))
    assert chosen.weights.tolist() == [1.0] * 50
    assert chosen.scores.sum() == pytest.approx(3)


def test_a_clip_below_one_is_refused() -> None:
    with pytest.raises(ParameterError, match="clip"):
        Leverage(clip=0)
