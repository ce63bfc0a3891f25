"""Pivotal leverage: the chances of leverage, and picks that are spread."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.leverage_scores import leverage_scores
from cribble.kernels.sampling import inclusion_chances
from cribble.selectors.coresets.pivotal_leverage import PivotalLeverage

X = np.random.default_rng(0).normal(size=(40, 2))


@pytest.mark.parametrize("tree", ["coordinate", "pca"])
def test_rows_come_with_the_chances_of_leverage(tree: str) -> None:
    pool, runs = Pool.from_array(X), 1_200
    chances = inclusion_chances(leverage_scores(X), 8)
    counts = np.zeros(40)
    for seed in range(runs):
        chosen = PivotalLeverage(tree=tree).select(pool, Budget(rows=8), seed)
        counts[chosen.indices] += 1
        np.testing.assert_allclose(chosen.weights, 1 / chances[chosen.indices])
    open_ = chances < 1
    gaps = (counts - runs * chances)[open_] / np.sqrt(runs * (chances * (1 - chances))[open_])
    assert (np.abs(gaps) < 4.5).all()


def test_equal_leverage_on_a_circle_gives_one_row_a_part() -> None:
    angle = 2 * np.pi * np.arange(64) / 64
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for seed in range(10):
        picks = PivotalLeverage().select(Pool.from_array(circle), Budget(rows=4), seed).indices
        sides = [int(circle[row, 0] > 0) * 2 + int(circle[row, 1] > 0) for row in picks]
        assert len(set(sides)) >= 3
        assert np.bincount([side // 2 for side in sides], minlength=2).tolist() in (
            [2, 2],
            [1, 3],
            [3, 1],
        )


def test_parameters_that_cannot_be_are_refused() -> None:
    with pytest.raises(ParameterError, match="tree"):
        PivotalLeverage(tree="ball")
    with pytest.raises(ParameterError, match="clip"):
        PivotalLeverage(clip=0.1)
