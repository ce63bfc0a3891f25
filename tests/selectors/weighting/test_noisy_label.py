"""Noisy labels: ratios by hand with a lopsided T, redraws around their mean, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.selectors.weighting.noisy_label import NoisyLabel

# T[noisy][clean]: clean 0 becomes noisy 1 in 30 %, clean 2 becomes noisy 0 in 10 %.
T = ((0.7, 0.0, 0.1), (0.3, 1.0, 0.0), (0.0, 0.0, 0.9))
RNG = np.random.default_rng(0)
F = RNG.dirichlet(np.ones(3), 60)
LABEL = RNG.integers(0, 3, 60)
POOL = Pool(60, signals={"label": LABEL, "probability": F})


def test_ratios_by_hand() -> None:
    chances = np.array([[0.5, 0.3, 0.2]] * 3)
    pool = Pool(3, signals={"label": np.arange(3), "probability": chances})
    chosen = NoisyLabel(transition=T).select(pool, Budget(rows=3))
    want = [0.5 / (0.35 + 0.02), 0.3 / (0.15 + 0.3), 0.2 / 0.18]
    np.testing.assert_allclose(chosen.scores, want)
    weights = chosen.weights[np.argsort(chosen.indices)]
    np.testing.assert_allclose(weights, want / np.mean(want))


def test_without_noise_all_rows_weigh_the_same() -> None:
    chosen = NoisyLabel(transition=np.eye(3).tolist()).select(POOL, Budget(rows=20))
    np.testing.assert_allclose(chosen.scores, 1)
    np.testing.assert_allclose(chosen.weights, 3)


def test_the_weighted_loss_is_that_over_clean_labels() -> None:
    rng = np.random.default_rng(1)
    chances = np.repeat(rng.dirichlet(np.ones(3), 40), 1500, axis=0)
    clean = (rng.random(len(chances))[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    noisy = (rng.random(len(chances))[:, None] > np.array(T).T[clean].cumsum(axis=1)).sum(axis=1)
    loss = rng.normal(size=(len(chances), 3)) * 0.1 + np.array([0.0, 5.0, 0.0])
    pool = Pool(len(chances), signals={"label": noisy, "probability": chances})
    chosen = NoisyLabel(transition=T, clip=None).select(pool, Budget(rows=len(chances)))
    rows = chosen.indices
    found = np.average(loss[rows, noisy[rows]], weights=chosen.weights)
    truth, naive = (loss[np.arange(len(loss)), one].mean() for one in (clean, noisy))
    assert abs(found - truth) < 0.1 * abs(naive - truth)


@pytest.mark.parametrize("scheme", ["rent", "dws"])
def test_redraws_have_the_weights_as_their_mean(scheme: str) -> None:
    plain = NoisyLabel(transition=T).select(POOL, Budget(rows=60))
    want = plain.weights[np.argsort(plain.indices)]
    found = []
    for seed in range(800):
        chosen = NoisyLabel(transition=T, scheme=scheme).select(POOL, Budget(rows=60), seed)
        assert chosen.stats["weight_sum"] == pytest.approx(60)
        found.append(chosen.weights[np.argsort(chosen.indices)])
    error = np.std(found, axis=0) / np.sqrt(800)
    assert (np.abs(np.mean(found, axis=0) - want) <= 4.5 * error + 1e-12).all()


def test_dws_comes_near_reweighting_as_it_is_concentrated() -> None:
    plain = NoisyLabel(transition=T).select(POOL, Budget(rows=60))
    sure = NoisyLabel(transition=T, scheme="dws", concentration=1e6).select(POOL, Budget(rows=60))
    np.testing.assert_allclose(sure.weights, plain.weights, atol=0.02)


def test_the_transition_is_read_off_sure_rows() -> None:
    sure = np.array(T).T
    chances = np.concatenate([sure, np.full((50, 3), 1 / 3)])
    pool = Pool(53, signals={"label": np.zeros(53), "probability": chances})
    told = NoisyLabel().select(pool, Budget(rows=5)).stats["transition"]
    np.testing.assert_allclose(told, T)


def test_what_cannot_be_is_refused() -> None:
    for labels in (LABEL + 3, LABEL - 1, LABEL + 0.5):
        pool = Pool(60, signals={"label": labels, "probability": F})
        with pytest.raises(SignalError, match="not in"):
            NoisyLabel().select(pool, Budget(rows=1))
    with pytest.raises(SignalError, match="3 classes"):
        NoisyLabel(transition=((1, 0), (0, 1))).select(POOL, Budget(rows=1))
    with pytest.raises(ParameterError, match="transition"):
        NoisyLabel(transition=np.array(T).T.tolist())
    with pytest.raises(ParameterError, match="scheme"):
        NoisyLabel(scheme="x")
    with pytest.raises(ParameterError, match="concentration"):
        NoisyLabel(concentration=0)
