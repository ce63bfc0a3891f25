"""GAIS: importance is the attention received, and classes keep their shares."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Budget, Groups, Pool
from cribble.core.errors import MissingPackageError, ParameterError
from cribble.kernels.attention import attend_by_distance, batch_neighbors, hashed_neighbors
from cribble.selectors.coverage.gais import Gais, _standardized


def _pool(n: int = 60) -> Pool:
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3 // 2
    X = rng.normal(size=(n, 3)) * [1, 10, 100] + 5
    return Pool(n, signals={"embedding": X}, groups={"group": Groups(labels, ("x", "y"))})


def test_classes_keep_their_shares_and_give_their_most_important_rows() -> None:
    pool, method = _pool(), Gais(attention="distance")
    chosen = method.select(pool, Budget(rows=12))
    labels = pool.groups("group").codes
    for code, rows in ((0, 8), (1, 4)):
        own = np.nonzero(labels == code)[0]
        best = own[np.argsort(-chosen.scores[own], kind="stable")[:rows]]
        assert set(chosen.indices[labels[chosen.indices] == code]) == set(best)


def test_importance_is_attention_received_times_confidence_on_standardized_rows() -> None:
    pool = _pool()
    X = pool.signal("embedding")
    points = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
    near = hashed_neighbors(points, 4, views=2, bits=1, seed=7)
    found = attend_by_distance(points, near, pool.groups("group").codes)
    made = {"attention": "distance", "neighbors": 4, "views": 2, "bits": 1}
    sure = Gais(**made).select(pool, Budget(rows=5), 7)
    np.testing.assert_allclose(sure.scores, found.received * found.sure, rtol=1e-5)
    plain = Gais(**made, confidence=False).select(pool, Budget(rows=5), 7)
    np.testing.assert_allclose(plain.scores, found.received, rtol=1e-5)
    assert plain.scores.mean() == pytest.approx(1)
    assert sure.stats["sure"] == pytest.approx(found.sure.mean(), rel=1e-5)


def test_within_batches_importance_does_not_hang_on_the_order_of_rows() -> None:
    pool = _pool()
    method = Gais(attention="distance", graph="batch", neighbors=4)
    scores = method.select(pool, Budget(rows=5)).scores
    labels = pool.groups("group").codes
    points = _standardized(pool.signal("embedding"), pool.memory)
    near = batch_neighbors(points, labels, 4, views=3, size=1_000, seed=0)
    found = attend_by_distance(points, near, labels)
    np.testing.assert_allclose(scores, found.received * found.sure)
    # One batch holds the whole pool, so that who is near does not depend on the deal.
    order = np.random.default_rng(0).permutation(len(pool))
    turned = Pool(
        len(pool),
        signals={"embedding": pool.signal("embedding")[order]},
        groups={"group": Groups(labels[order], ("x", "y"))},
    )
    np.testing.assert_allclose(
        method.select(turned, Budget(rows=5)).scores, scores[order], rtol=1e-5
    )


@pytest.mark.models
def test_copies_of_a_row_are_equally_important_to_a_learned_network() -> None:
    pool = _pool(30)
    X = np.concatenate([pool.signal("embedding")] * 2)
    labels = np.tile(pool.groups("group").codes, 2)
    twice = Pool(60, signals={"embedding": X}, groups={"group": Groups(labels, ("x", "y"))})
    # All rows are neighbors of all, so that copies stand in the same place.
    scores = Gais(neighbors=59, views=1, bits=0).select(twice, Budget(rows=9)).scores
    np.testing.assert_allclose(scores[:30], scores[30:], rtol=1e-4)
    assert scores.std() > 0.01


@pytest.mark.models
def test_a_sample_is_enough_to_learn_from() -> None:
    chosen = Gais(sample=20, epochs=2).select(_pool(), Budget(rows=9))
    assert (chosen.scores > 0).all()


def test_without_torch_learned_attention_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingPackageError, match="models"):
        Gais().select(_pool(), Budget(rows=3))


@pytest.mark.parametrize(
    ("name", "value"),
    [("attention", "none"), ("neighbors", 0), ("views", 0), ("epochs", 0), ("bits", 33)],
)
def test_parameters_that_cannot_be_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=name):
        Gais(**{name: value})
