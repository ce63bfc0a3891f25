"""Weights of a pool from a few picks: against brute force, within groups, and clipped."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Pool, Selection
from cribble.core.errors import ParameterError
from cribble.signals import propagation
from cribble.signals.propagation import propagate

RNG = np.random.default_rng(0)
X, LABEL = RNG.normal(size=(80, 3)), RNG.integers(0, 3, 80)
POOL = Pool.from_array(X, groups={"label": LABEL.tolist()})
PICKS = np.concatenate([np.nonzero(one == LABEL)[0][:4] for one in (2, 0, 1)])
WEIGHTS = RNG.uniform(0.1, 3, 12)
CHOSEN = Selection(indices=PICKS, method="test", weights=WEIGHTS)


@pytest.mark.parametrize("by", ["label", None])
@pytest.mark.parametrize("block", [5, 1024])
def test_the_nearest_pick_gives_its_weight(by, block, monkeypatch) -> None:
    monkeypatch.setattr(propagation, "_ROWS", block)
    monkeypatch.setattr(propagation, "_PICKS", block)
    found = propagate(POOL, CHOSEN, by=by, clip=None)
    for row in range(80):
        gaps = np.linalg.norm(X[PICKS] - X[row], axis=1)
        gaps[(LABEL[PICKS] != LABEL[row]) & (by is not None)] = np.inf
        assert found.owners[row] == gaps.argmin()
    want = WEIGHTS[found.owners]
    np.testing.assert_allclose(found.weights, want / want.mean())
    np.testing.assert_array_equal(found.owners[PICKS], np.arange(12))


def test_groups_without_a_pick_get_the_mean_weight() -> None:
    few = Selection(indices=PICKS[:4], method="test", weights=WEIGHTS[:4])
    found = propagate(POOL, few, clip=None)
    alone = LABEL != 2
    assert (found.owners[alone] == -1).all()
    assert found.stats["alone"] == alone.sum()
    ratio = found.weights[alone] / found.weights[PICKS[0]]
    np.testing.assert_allclose(ratio, WEIGHTS[:4].mean() / WEIGHTS[0])


def test_equal_weights_stay_equal_and_large_ones_are_cut() -> None:
    plain = propagate(POOL, Selection(indices=PICKS, method="test"))
    np.testing.assert_allclose(plain.weights, 1)
    assert plain.stats["weight_sum"] == pytest.approx(80)
    cut = propagate(POOL, CHOSEN, clip=1.2)
    assert cut.weights.max() <= 1.2
    assert cut.stats["clipped"] == (propagate(POOL, CHOSEN, clip=None).weights > 1.2).sum() > 0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ParameterError, match="at least one row"):
        propagate(POOL, Selection(indices=np.empty(0, dtype=np.int64), method="test"))
    with pytest.raises(ParameterError, match="clip"):
        propagate(POOL, CHOSEN, clip=0.5)
