"""Deep set: the order of a trained set function, or of one learned from the target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import DataError, ParameterError, SignalError, TargetError
from cribble.run.choice import check_method
from cribble.selectors.targeted.deep_set import DeepSet
from cribble.signals.set_functions import SetFunction, train_set_function


@pytest.fixture(scope="module")
def model() -> SetFunction:
    """Trained to pick the rows of the largest first coordinate."""
    rng = np.random.default_rng(0)
    pools = [rng.normal(size=(12, 3)) for _ in range(40)]
    return train_set_function([(X, np.argsort(-X[:, 0])[:4]) for X in pools], epochs=5)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool.from_array(np.random.default_rng(1).normal(size=(300, 3)))


def test_a_trained_function_picks_by_its_rule_without_a_target(
    model: SetFunction, pool: Pool
) -> None:
    chosen = DeepSet(model=model).select(pool, Budget(rows=30))
    gains = model.gains(pool.signal("embedding"))
    np.testing.assert_array_equal(chosen.scores, gains)
    np.testing.assert_array_equal(chosen.indices, np.argsort(-gains, kind="stable")[:30])
    best = np.argsort(-pool.signal("embedding")[:, 0])[:30]
    assert len(np.intersect1d(chosen.indices, best)) >= 24
    assert chosen.stats["predicted_rows"] == (gains > 0).sum()


def test_a_file_serves_as_well(model: SetFunction, pool: Pool, tmp_path: Path) -> None:
    model.write(tmp_path / "model.npz")
    told = DeepSet(model=model).select(pool, Budget(rows=9), 3)
    for path in (tmp_path / "model.npz", str(tmp_path / "model.npz")):
        read = DeepSet(model=path).select(pool, Budget(rows=9), 3)
        np.testing.assert_array_equal(read.indices, told.indices)


def test_a_run_asks_for_a_target_only_where_there_is_no_model(
    model: SetFunction, pool: Pool
) -> None:
    check_method(DeepSet(model=model), pool, Budget(rows=2))
    with pytest.raises(TargetError):
        check_method(DeepSet(), pool, Budget(rows=2))


def test_what_cannot_serve_is_refused_before_the_pool_is_read(tmp_path: Path) -> None:
    def unread() -> np.ndarray:
        raise AssertionError("the signal was read")

    pool = Pool(9, signals={"embedding": unread})
    with pytest.raises(DataError, match="No such file"):
        DeepSet(model=tmp_path / "none.npz").select(pool, Budget(rows=2))
    with pytest.raises(TargetError):
        DeepSet().select(pool, Budget(rows=2))


def test_a_model_for_other_vectors_is_refused(model: SetFunction) -> None:
    with pytest.raises(SignalError, match="takes 3 dimensions"):
        DeepSet(model=model).select(Pool.from_array(np.zeros((5, 4))), Budget(rows=2))


@pytest.mark.parametrize("superset", [True, False])
def test_without_a_model_rows_like_the_target_are_found(superset: bool) -> None:
    rng = np.random.default_rng(2)
    centers = 0.8 * rng.normal(size=(10, 16))
    labels = rng.integers(0, 10, 1_000)
    X = centers[labels] + rng.normal(size=(1_000, 16))
    aim = Pool.from_array(centers[3] + rng.normal(size=(20, 16)))
    chosen = DeepSet(superset=superset).select(Pool.from_array(X, targets=[aim]), Budget(rows=60))
    # A tenth of the pool is.
    assert (labels[chosen.indices] == 3).mean() > 0.7


@pytest.mark.parametrize(
    ("name", "value"), [("tasks", 0), ("epochs", 0), ("draws", 0), ("model", 3)]
)
def test_parameters_that_cannot_be_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=name):
        DeepSet(**{name: value})
