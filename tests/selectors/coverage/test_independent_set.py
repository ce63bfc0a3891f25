"""Independent sets against the graph of near pairs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.selectors.coverage.independent_set import IndependentSet

X = np.random.default_rng(0).normal(size=(120, 2)).astype(np.float32)
APART = cdist(X, X)


def least_degree(near: np.ndarray) -> list[int]:
    alive, picks = np.ones(len(near), dtype=bool), []
    while alive.any():
        degree = np.where(alive, (near & alive).sum(axis=1), len(near) + 1)
        picks.append(int(degree.argmin()))
        alive &= ~near[picks[-1]]
    return picks


@pytest.mark.parametrize("radius", [0.2, 0.5, 1.0])
def test_picks_are_those_of_least_residual_degree(radius: float) -> None:
    near = radius > APART
    want = least_degree(near)
    chosen = IndependentSet(radius=radius).select(Pool.from_array(X), Budget(rows=len(want)))
    assert chosen.indices.tolist() == want
    assert chosen.stats["apart"] == len(want)
    assert chosen.stats["caro_wei"] == pytest.approx((1 / near.sum(axis=1)).sum())
    assert len(want) >= chosen.stats["caro_wei"]
    assert chosen.gains.sum() == 120, "the set is maximal"


def test_with_weights_the_ratio_rule_holds_its_bound_on_drawn_graphs() -> None:
    """Sum of weight / (degree + 1), and the best of all independent sets, by brute force."""
    n, ratios, unlike = 10, [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, 2)).astype(np.float32)
        weight = rng.random(n) ** 3 + 0.01
        near = cdist(x, x) < 1.0
        sets = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        free = np.einsum("si,ij,sj->s", sets, near & ~np.eye(n, dtype=bool), sets) == 0
        best = float((sets[free] @ weight).max())
        bound = float((weight / near.sum(axis=1)).sum())
        pool = Pool.from_array(x, signals={"quality": weight})
        chosen = IndependentSet(radius=1.0, weights="quality").select(pool, Budget(rows=n))
        picks = chosen.indices[: chosen.stats["apart"]]
        assert not (near[np.ix_(picks, picks)] & ~np.eye(len(picks), dtype=bool)).any()
        assert near[:, picks].any(axis=1).all(), "the set is maximal"
        assert chosen.stats["weight"] == pytest.approx(weight[picks].sum())
        assert chosen.stats["caro_wei"] == pytest.approx(bound)
        assert bound - 1e-12 <= chosen.stats["weight"] <= best + 1e-12
        ratios.append(chosen.stats["weight"] / best)
        plain = IndependentSet(radius=1.0).select(pool, Budget(rows=n))
        unlike += set(plain.indices[: plain.stats["apart"]]) != set(picks)
    assert min(ratios) < 1
    assert unlike > 50


def test_by_weight_alone_the_best_row_of_each_conflict_stays_and_chains_do_not_collapse() -> None:
    weight = np.random.default_rng(1).random(120) + 0.1
    pool = Pool.from_array(X, signals={"quality": weight})
    method = IndependentSet(radius=0.4, order="weight", weights="quality")
    chosen = method.select(pool, Budget(rows=100))
    want: list[int] = []
    for row in np.argsort(-weight, kind="stable").tolist():
        if (APART[row, want] >= 0.4).all():
            want.append(row)
    assert chosen.indices[: chosen.stats["apart"]].tolist() == want


def test_random_order_is_apart_and_differs_from_seed_to_seed() -> None:
    sets, sizes = set(), []
    for seed in range(30):
        method = IndependentSet(radius=0.5, order="random")
        chosen = method.select(Pool.from_array(X), Budget(rows=100), seed)
        picks = chosen.indices[: chosen.stats["apart"]]
        pairs = APART[np.ix_(picks, picks)][np.triu_indices(len(picks), 1)]
        assert pairs.min() >= 0.5
        assert (APART[:, picks].min(axis=1) < 0.5).all(), "the set is maximal"
        sets.add(tuple(sorted(picks.tolist())))
        sizes.append(len(picks))
    assert len(sets) > 20
    assert np.mean(sizes) >= chosen.stats["caro_wei"]


def test_what_is_past_the_set_is_the_farthest_and_kept_rows_hold_their_place() -> None:
    budget = Budget(rows=40, keep=[7], drop=[3])
    chosen = IndependentSet(radius=1.0).select(Pool.from_array(X), budget)
    count = 1 + chosen.stats["apart"]
    assert chosen.indices[0] == 7
    assert (APART[7, chosen.indices[1:count]] >= 1).all()
    gaps = [APART[row, chosen.indices[:at]].min() for at, row in enumerate(chosen.indices) if at]
    assert (np.diff(gaps[count - 1 :]) <= 1e-6).all()
    assert max(gaps[count - 1 :]) < 1.0
    assert not chosen.gains[count:].any()


def test_the_radius_is_found_from_the_budget() -> None:
    chosen = IndependentSet().select(Pool.from_array(X), Budget(rows=15))
    assert chosen.stats["apart"] >= 12
    picks = chosen.indices[: chosen.stats["apart"]]
    pairs = APART[np.ix_(picks, picks)][np.triu_indices(len(picks), 1)]
    assert pairs.min() >= chosen.stats["radius"] * (1 - 1e-6)


def test_what_cannot_be_is_refused() -> None:
    for wrong in ({"radius": 0.0}, {"order": "none"}, {"order": "weight"}, {"sample": 0}):
        with pytest.raises(ParameterError):
            IndependentSet(**wrong)
    pool = Pool.from_array(X, signals={"quality": np.arange(120.0)})
    with pytest.raises(SignalError, match="above 0"):
        IndependentSet(weights="quality").select(pool, Budget(rows=3))
