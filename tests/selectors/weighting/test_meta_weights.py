"""Meta weights: who is picked, who weighs little, and what the rest of the pool gets."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.core.errors import ParameterError, TargetError
from cribble.selectors.weighting.meta_weights import MetaWeights
from cribble.signals.propagation import propagate


def _pool(rows: int = 240, share: float = 0.3) -> tuple[Pool, np.ndarray]:
    """Three clusters, some labels wrong, and thirty clean rows."""
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 3, rows + 30)
    X = 4 * np.eye(5)[truth] + draw.standard_normal((rows + 30, 5))
    labels = truth[:rows].copy()
    wrong = draw.random(rows) < share
    labels[wrong] = (labels[wrong] + draw.integers(1, 3, int(wrong.sum()))) % 3
    target = Pool(30, signals={"embedding": X[rows:]}, groups={"label": truth[rows:].tolist()})
    groups = {"label": Groups(labels, ("0", "1", "2"))}
    return Pool(rows, signals={"embedding": X[:rows]}, groups=groups, targets=[target]), wrong


def test_each_class_gives_its_middling_rows_in_equal_numbers() -> None:
    pool, _ = _pool()
    chosen = MetaWeights(by="label").select(pool, Budget(rows=30))
    X, labels = pool.signal("embedding"), pool.groups("label").codes
    assert np.bincount(labels[chosen.indices]).tolist() == [10, 10, 10]
    for code in range(3):
        own = np.flatnonzero(labels == code)
        far = np.linalg.norm(X[own] - np.median(X[own], axis=0), axis=1)
        place = np.sort(np.argsort(np.argsort(far))[np.isin(own, chosen.indices)])
        # Ten ranks in a row, as many on either side of the middle.
        assert np.ptp(place) == 9
        assert abs(place.mean() - (len(own) - 1) / 2) <= 0.5


def test_wrong_labels_weigh_little_and_the_pool_follows_the_picks() -> None:
    pool, wrong = _pool()
    chosen = MetaWeights(by="label").select(pool, Budget(rows=120))
    assert chosen.weights.mean() == pytest.approx(1)
    picked = wrong[chosen.indices]
    assert chosen.weights[picked].mean() < 0.1 < chosen.weights[~picked].mean()
    whole = propagate(pool, chosen)
    assert whole.weights[wrong].mean() < 0.5 * whole.weights[~wrong].mean()
    clipped = MetaWeights(by="label", clip=1.0).select(pool, Budget(rows=120))
    assert clipped.weights.max() == 1
    assert clipped.stats["clipped"] > 0


def test_a_target_without_the_pools_labels_is_refused() -> None:
    pool, _ = _pool()
    other = Pool(2, signals={"embedding": np.ones((2, 5))}, groups={"label": ["x", "y"]})
    with pytest.raises(TargetError, match="labels"):
        MetaWeights(by="label").select(pool.adding(targets=[other]), Budget(rows=3))
    both = pool.adding(targets=[*pool.targets, other])
    chosen = MetaWeights(by="label").select(both, Budget(rows=12))
    np.testing.assert_allclose(
        chosen.weights, MetaWeights(by="label").select(pool, Budget(rows=12)).weights
    )


def test_parameters_that_cannot_be_are_refused() -> None:
    for bad in ({"steps": 0}, {"rate": 0.0}, {"clip": 0.5}):
        with pytest.raises(ParameterError, match=next(iter(bad))):
            MetaWeights(**bad)
