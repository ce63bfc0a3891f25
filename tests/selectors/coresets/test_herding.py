"""Herding against its rule on the whole kernel matrix, and its distance written out."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.selectors.baselines.random import Random
from cribble.selectors.coresets.herding import Herding

X = np.random.default_rng(0).normal(size=(80, 2))
K = np.exp(-((X[:, None] - X[None]) ** 2).sum(axis=2) / (2 * 0.8**2))


def _mmd(picks: np.ndarray) -> float:
    square = K.mean() - 2 * K[picks].mean() + K[np.ix_(picks, picks)].mean()
    return float(np.sqrt(square))


def test_each_pick_is_the_best_by_the_rule() -> None:
    chosen = Herding(width=0.8).select(Pool.from_array(X), Budget(rows=12, drop=[2]))
    picks: list[int] = []
    for gain in chosen.gains:
        score = K.mean(axis=1) - K[:, picks].sum(axis=1) / (len(picks) + 1)
        score[[*picks, 2]] = -np.inf
        picks.append(int(score.argmax()))
        assert gain == pytest.approx(score.max(), abs=1e-7)
    assert chosen.indices.tolist() == picks
    assert chosen.stats["mmd"] == pytest.approx(_mmd(chosen.indices), abs=1e-6)


def test_the_picks_are_nearer_to_the_pool_than_random_ones() -> None:
    pool = Pool.from_array(X)
    random = [_mmd(Random().select(pool, Budget(rows=12), seed).indices) for seed in range(20)]
    assert Herding(width=0.8).select(pool, Budget(rows=12)).stats["mmd"] < min(random)


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="width"):
        Herding(width=0)
    with pytest.raises(ParameterError, match="sample"):
        Herding(sample=0)
