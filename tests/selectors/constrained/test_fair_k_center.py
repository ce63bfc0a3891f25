"""Fair k-center: against the least radius of every set that the limits allow."""

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.kernels.reference.separation import distances
from cribble.selectors.constrained.fair_k_center import FairKCenter
from cribble.selectors.coverage.k_center import KCenter


def draw(seed: int) -> tuple[Pool, Budget]:
    """Up to 12 rows on a coarse grid or in clusters, 2 or 3 groups, bounds around one set."""
    rng = np.random.default_rng(seed)
    n, groups = int(rng.integers(7, 13)), int(rng.integers(2, 4))
    X = rng.integers(0, 9, (n, 2)) * 1.0 if seed % 2 else rng.standard_normal((n, 2))
    if seed % 3 == 0:
        X += 10 * rng.integers(0, 3, (n, 1))
    codes = rng.integers(0, groups, n)
    if seed % 4 == 0:
        codes = (X[:, 0] > np.median(X[:, 0])).astype(np.int64)
    inside = rng.choice(n, int(rng.integers(2, 5)), replace=False)
    names = sorted({str(code) for code in codes.tolist()})
    counts = {name: int((codes[inside] == int(name)).sum()) for name in names}
    slack = 0 if seed % 2 else 1
    return Pool.from_array(X, groups={"side": codes}), Budget(
        rows=len(inside),
        at_least={"side": {name: max(0, count - slack) for name, count in counts.items()}},
        at_most={"side": {name: count + slack for name, count in counts.items()}},
        keep=inside[:1].tolist() if seed % 5 == 0 else (),
        drop=np.setdiff1d(np.arange(n), inside)[:1].tolist() if seed % 7 == 0 else (),
    )


def least_radius(pool: Pool, budget: Budget) -> float:
    table, side = distances(pool.signal("embedding")), pool.groups("side")
    sets = np.array(list(combinations(range(len(pool)), budget.rows)))
    allowed = ~np.isin(sets, budget.drop).any(axis=1)
    for code, name in enumerate(side.names):
        counts = (side.codes[sets] == code).sum(axis=1)
        allowed &= counts >= budget.at_least["side"][name]
        allowed &= counts <= budget.at_most["side"][name]
    for row in budget.keep:
        allowed &= (sets == row).any(axis=1)
    return float(table[:, sets[allowed]].min(axis=2).max(axis=0).min())


def test_the_radius_and_its_bound_enclose_what_is_promised() -> None:
    rules, ratios = set(), []
    for seed in range(220):
        pool, budget = draw(seed)
        stats = FairKCenter().select(pool, budget, seed).stats
        best = least_radius(pool, budget)
        assert stats["least_radius"] <= best * (1 + 1e-12)
        assert best <= stats["radius"] * (1 + 1e-12)
        assert stats["radius"] <= 3 * stats["least_radius"] * (1 + 1e-12)
        rules.add(stats["rule"])
        ratios.append(stats["radius"] / best if best else 1.0)
    assert rules == {"matching", "farthest-first"}
    assert np.mean(ratios) < 1.4


def test_matching_saves_what_the_walk_alone_loses() -> None:
    # The walk spends its one pick of group 0 on the farthest row, and has none left for the rest.
    X = np.array([[0.0], [1.0], [100.0], [101.0]])
    pool = Pool.from_array(X, groups={"side": [0, 0, 0, 1]})
    budget = Budget(rows=2, at_least={"side": {"1": 1}}, at_most={"side": {"1": 1}})
    for seed in range(8):
        assert FairKCenter().select(pool, budget, seed).stats["radius"] == 1.0


def test_without_limits_it_is_k_center() -> None:
    X = np.random.default_rng(1).standard_normal((500, 5))
    one, other = (
        method.select(Pool.from_array(X), Budget(rows=20, keep=[7]), 3)
        for method in (FairKCenter(), KCenter())
    )
    assert one.indices.tolist() == other.indices.tolist()
    assert one.stats["radius"] == other.stats["radius"]
    assert np.array_equal(one.assignment, other.assignment)


def test_it_is_never_worse_than_the_walk_within_the_limits() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        pool = Pool.from_array(
            rng.standard_normal((400, 3)), groups={"side": rng.random(400) < 0.1}
        )
        budget = Budget(rows=20, at_least={"side": {"True": 10}})
        one, other = (method.select(pool, budget, seed) for method in (FairKCenter(), KCenter()))
        assert one.stats["radius"] <= other.stats["radius"]
        assert pool.groups("side").codes[one.indices].sum() >= 10


def test_a_cost_budget_has_the_walk_alone() -> None:
    X = np.random.default_rng(0).standard_normal((50, 3))
    pool = Pool.from_array(X, signals={"tokens": np.ones(50)})
    chosen = FairKCenter().select(pool, Budget(cost=5))
    assert len(chosen) == 5
    assert chosen.stats["rule"] == "farthest-first"
    assert "least_radius" not in chosen.stats
    assert chosen.stats["radius"] == pytest.approx(
        distances(X)[:, chosen.indices].min(axis=1).max()
    )
