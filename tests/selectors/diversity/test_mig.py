"""MIG against greedy over its definition."""

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError, UnknownNameError
from cribble.selectors.diversity.mig import Mig
from oracles.plain_greedy import plain_greedy


def tagged(seed: int, size: int = 24, labels: int = 5) -> Pool:
    rng = np.random.default_rng(seed)
    return Pool.from_array(
        rng.standard_normal((size, 3)),
        signals={
            "label": (rng.random((size, labels)) < 0.4).astype(np.float64),
            "quality": rng.random(size),
        },
    )


def propagation(pool: Pool, threshold: float, spread: float) -> np.ndarray:
    """The graph from its definition, columns summing to 1."""
    X = pool.signal("embedding")
    X = X / np.linalg.norm(X, axis=1, keepdims=True)
    tags = pool.signal("label")
    means = np.stack([X[tags[:, one] > 0].mean(axis=0) - X.mean(axis=0) for one in range(5)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    weights = means @ means.T
    np.fill_diagonal(weights, 1.0)
    weights[weights < threshold] = 0
    weights *= np.where(np.eye(5) > 0, 1.0, spread)
    return weights / weights.sum(axis=0)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(("threshold", "spread"), [(0.3, 1.0), (0.5, 0.5), (1.0, 1.0), (0.2, 0.0)])
def test_picks_what_greedy_picks_by_the_definition(
    threshold: float, spread: float, normalize: bool
) -> None:
    for seed in range(5):
        pool = tagged(seed)
        tags, quality = pool.signal("label"), pool.signal("quality")
        amounts = tags / np.maximum(1, tags.sum(axis=1, keepdims=True)) if normalize else tags
        table = quality[:, None] * amounts @ propagation(pool, threshold, spread)

        def value(rows, table=table) -> float:
            return float(((table[list(rows)].sum(axis=0) + 1e-6) ** 0.8 - 1e-6**0.8).sum())

        picks, values = plain_greedy(value, 24, 9)
        method = Mig(threshold=threshold, spread=spread, normalize=normalize)
        chosen = method.select(pool, Budget(rows=9))
        assert chosen.indices.tolist() == picks
        np.testing.assert_allclose(np.cumsum(chosen.gains), values, rtol=1e-6)
        assert chosen.value <= chosen.upper_bound
        assert chosen.stats["unlabeled"] == int((tags.sum(axis=1) == 0).sum())
        assert chosen.stats["reached"] == int((tags[picks].sum(axis=0) > 0).sum())


def test_one_label_for_all_ranks_by_quality() -> None:
    rng = np.random.default_rng(0)
    quality = rng.random(40)
    pool = Pool.from_array(
        rng.random((40, 4)), signals={"quality": quality}, groups={"label": ["same"] * 40}
    )
    chosen = Mig().select(pool, Budget(rows=40))
    assert chosen.indices.tolist() == np.argsort(-quality).tolist()
    assert chosen.stats["labels"] == 1


def test_labels_without_edges_are_balanced_and_those_joined_stand_in_for_one_another() -> None:
    # Labels a and b lie together, c apart.
    near = np.repeat([[1.0, 0.01], [1.0, -0.01], [-1.0, 0.0]], 10, axis=0)
    pool = Pool.from_array(
        near, signals={"quality": np.ones(30)}, groups={"label": np.repeat(list("abc"), 10)}
    )
    alone = Mig(spread=0).select(pool, Budget(rows=12))
    assert np.bincount(alone.indices // 10).tolist() == [4, 4, 4]
    # With no row of b to be had, rows of a give half to b, and so may be twice as many.
    no_b = Budget(rows=12, drop=list(range(10, 20)))
    alone, joined = (Mig(spread=spread).select(pool, no_b) for spread in (0.0, 1.0))
    assert np.bincount(alone.indices // 10).tolist() == [6, 0, 6]
    assert np.bincount(joined.indices // 10).tolist() == [8, 0, 4]
    assert joined.stats["joined"] == 1


def test_several_labels_stand_in_one_column() -> None:
    names = ["b; a", "a", "", "c;b;", "a"]
    X = np.eye(5)
    pool = Pool.from_array(X, signals={"quality": np.ones(5)}, groups={"tags": names})
    table = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1], [1, 0, 0]], dtype=float)
    other = Pool.from_array(X, signals={"quality": np.ones(5), "tags": table})
    apart, given = (
        Mig(label="tags", separator=";").select(p, Budget(rows=5)) for p in (pool, other)
    )
    assert apart.indices.tolist() == given.indices.tolist()
    assert apart.gains.tolist() == given.gains.tolist()
    assert apart.stats["labels"] == 3
    assert apart.stats["unlabeled"] == 1
    assert apart.gains[-1] == 0
    assert apart.indices[-1] == 2


def test_refuses_what_it_cannot_use() -> None:
    for wrong in (
        {"threshold": 0.0},
        {"threshold": 1.1},
        {"spread": -1.0},
        {"spread": np.inf},
        {"concave": "cap"},
    ):
        with pytest.raises(ParameterError):
            Mig(**wrong)
    pool = tagged(0)
    with pytest.raises(SignalError, match="0 or more"):
        Mig().select(pool.adding(signals={"quality": -np.ones(24)}), Budget(rows=2))
    with pytest.raises(SignalError, match="negative"):
        Mig().select(pool.adding(signals={"label": -np.ones((24, 2))}), Budget(rows=2))
    with pytest.raises(UnknownNameError):
        Mig(label="nowhere").select(pool, Budget(rows=2))
