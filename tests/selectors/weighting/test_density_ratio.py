"""Density ratios of known Gaussians, unbiased draws, and the rule of when not to weigh."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.covariate_shift import ESTIMATORS
from cribble.selectors.weighting.density_ratio import DensityRatio

RNG = np.random.default_rng(0)
ROWS, TARGET = RNG.normal(0, 1, (800, 1)), RNG.normal(1, 0.6, (400, 1))
TRUE = np.exp(-((ROWS - 1) ** 2) / 0.72 + ROWS**2 / 2)[:, 0] / 0.6


def aimed(target: np.ndarray, rows: np.ndarray = ROWS) -> Pool:
    return Pool.from_array(rows, targets=[Pool.from_array(target)])


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_ratio_of_two_gaussians_is_found(estimator: str) -> None:
    method = DensityRatio(estimator=estimator)
    chosen = method.select(aimed(TARGET), Budget(rows=800))
    ratios = chosen.weights[np.argsort(chosen.indices)]
    assert ratios.mean() == pytest.approx(1)
    assert np.corrcoef(ratios, TRUE)[0, 1] > 0.94
    assert ratios @ ROWS[:, 0] / 800 == pytest.approx(TARGET.mean(), abs=0.15)
    assert chosen.stats["weigh"], chosen.stats["why"]
    assert chosen.stats["effective_size"] == pytest.approx(0.41 * 800, rel=0.25)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_equal_distributions_are_not_weighed(estimator: str) -> None:
    chosen = DensityRatio(estimator=estimator).select(
        aimed(RNG.normal(0, 1, (300, 1))), Budget(rows=800)
    )
    assert not chosen.stats["weigh"]
    assert "held out" in chosen.stats["why"]


def test_weights_of_few_rows_and_of_few_targets_are_not_used() -> None:
    far = DensityRatio(clip=None, width=0.3).select(
        aimed(RNG.normal(3.5, 0.2, (200, 1))), Budget(rows=800)
    )
    assert not far.stats["weigh"]
    assert "are worth" in far.stats["why"]
    few = DensityRatio().select(aimed(TARGET[:5]), Budget(rows=800))
    assert not few.stats["weigh"]
    assert "fewer than 10" in few.stats["why"]
    assert few.stats["gain"] is None


def test_a_draw_stands_for_the_target_whatever_its_size() -> None:
    pool = aimed(TARGET)
    whole = DensityRatio().select(pool, Budget(rows=800))
    truth = whole.weights @ ROWS[whole.indices, 0]
    for rows in (100, 700):
        found = []
        for seed in range(16):
            chosen = DensityRatio(width=0.5).select(pool, Budget(rows=rows), seed)
            found.append(chosen.weights @ ROWS[chosen.indices, 0])
            assert chosen.stats["weight_sum"] == pytest.approx(chosen.weights.sum())
        assert np.mean(found) == pytest.approx(truth, rel=0.08)
    # Under a small budget all drawn rows weigh the same.
    small = DensityRatio().select(pool, Budget(rows=50))
    np.testing.assert_allclose(small.weights, 800 / 50)


def test_targets_out_of_reach_are_named() -> None:
    target = np.concatenate([TARGET[:90], np.full((10, 1), 30.0)])
    chosen = DensityRatio(estimator="double").select(aimed(target), Budget(rows=100))
    assert chosen.stats["unsupported"] == list(range(90, 100))


def test_clipped_ratios_are_counted() -> None:
    chosen = DensityRatio(clip=1.5).select(aimed(TARGET), Budget(rows=800))
    assert chosen.stats["clipped"] == (chosen.scores > 1.5).sum() > 0
    assert chosen.weights.max() <= 1.5
    assert chosen.stats["effective_size"] > chosen.stats["pool_effective"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"estimator": "kde"},
        {"centers": 0},
        {"ridge": 0.0},
        {"width": -1.0},
        {"release": 1.0},
        {"clip": 0.5},
    ],
)
def test_parameters_are_checked(parameters: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        DensityRatio(**parameters)
