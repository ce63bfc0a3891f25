"""Fair range clustering: against the least cost of every set within the ranges."""

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.separation import distances
from cribble.optimizers.center_swaps import CenterSwaps
from cribble.selectors.constrained.fair_range_clustering import FairRangeClustering
from cribble.testing import check_selector


def draw(seed: int) -> tuple[Pool, Budget]:
    """Up to 12 rows in clusters, 2 or 3 groups, ranges around the counts of one set."""
    rng = np.random.default_rng(seed)
    n, groups = int(rng.integers(7, 13)), int(rng.integers(2, 4))
    X = rng.standard_normal((n, 2)) + 5 * rng.integers(0, 3, (n, 1)) * (seed % 3 > 0)
    codes = rng.integers(0, groups, n) if seed % 2 else (X[:, 0] > np.median(X[:, 0])).astype(int)
    inside = rng.choice(n, int(rng.integers(2, 5)), replace=False)
    names = sorted({str(code) for code in codes.tolist()})
    counts = {name: int((codes[inside] == int(name)).sum()) for name in names}
    slack = int(rng.integers(0, 2))
    return Pool.from_array(X, groups={"side": codes}), Budget(
        rows=len(inside),
        at_least={"side": {name: max(0, count - slack) for name, count in counts.items()}},
        at_most={"side": {name: count + slack for name, count in counts.items()}},
        keep=inside[:1].tolist() if seed % 5 == 0 else (),
    )


def least_cost(pool: Pool, budget: Budget, power: int) -> float:
    table, side = distances(pool.signal("embedding")) ** power, pool.groups("side")
    sets = np.array(list(combinations(range(len(pool)), budget.rows)))
    allowed = np.ones(len(sets), dtype=bool)
    for code, name in enumerate(side.names):
        counts = (side.codes[sets] == code).sum(axis=1)
        allowed &= counts >= budget.at_least["side"][name]
        allowed &= counts <= budget.at_most["side"][name]
    for row in budget.keep:
        allowed &= (sets == row).any(axis=1)
    return float(table[:, sets[allowed]].min(axis=2).sum(axis=0).min())


@pytest.mark.parametrize("method", [FairRangeClustering(power=1), FairRangeClustering(starts=1)])
def test_it_holds_the_contract(method: FairRangeClustering) -> None:
    check_selector(method)


@pytest.mark.parametrize("power", [1, 2])
def test_the_cost_is_within_twice_the_least(power: int) -> None:
    ratios = []
    for seed in range(200):
        pool, budget = draw(seed)
        chosen = FairRangeClustering(power=power).select(pool, budget, seed)
        table = distances(pool.signal("embedding"))[:, chosen.indices]
        cost = chosen.stats["cost"] ** power
        assert cost == pytest.approx((table.min(axis=1) ** power).sum())
        assert np.allclose(table[np.arange(len(pool)), chosen.assignment], table.min(axis=1))
        ratios.append(cost / least_cost(pool, budget, power))
    assert min(ratios) > 1 - 1e-9
    assert max(ratios) < 2
    assert np.mean(ratios) < 1.05


def test_a_full_pass_without_an_exchange_ends_where_no_exchange_helps() -> None:
    for seed in range(20):
        pool, budget = draw(3 * seed + 1)
        chosen = FairRangeClustering(starts=1, passes=100).select(pool, budget, seed)
        table, codes = distances(pool.signal("embedding")) ** 2, pool.groups("side").codes
        cost = chosen.stats["cost"] ** 2
        for place, out in enumerate(chosen.indices):
            for row in np.nonzero(codes == codes[out])[0]:
                if row not in chosen.indices and out not in budget.keep:
                    swapped = chosen.indices.copy()
                    swapped[place] = row
                    assert table[:, swapped].min(axis=1).sum() >= cost * (1 - 1e-8)


def test_no_factor_holds_for_exchanges_of_one_center() -> None:
    # Two crowds far apart, each of one group, and beside each a row of the other group.
    crowd, far = 40, 1e4
    X = np.concatenate([np.zeros(crowd), np.full(crowd, far), [1.0, far + 1]])[:, None]
    groups = ["blue"] * crowd + ["red"] * crowd + ["red", "blue"]
    one = {"g": {"red": 1, "blue": 1}}
    pool = Pool.from_array(X, groups={"g": groups})
    limits = Budget(rows=2, at_least=one, at_most=one).resolve(pool)
    stuck, best = (CenterSwaps(X, limits, 1) for _ in range(2))
    stuck.take(np.array([2 * crowd, 2 * crowd + 1]))
    best.take(np.array([0, crowd]))
    assert stuck.improve(0, len(X), 10) == 0
    assert stuck.cost == pytest.approx(crowd * best.cost)
    chosen = FairRangeClustering(power=1).select(pool, Budget(rows=2, at_least=one, at_most=one))
    assert chosen.stats["cost"] == pytest.approx(best.cost)


def test_exchanges_never_raise_the_cost() -> None:
    X = np.random.default_rng(2).standard_normal((600, 4))
    pool = Pool.from_array(X, groups={"side": X[:, 0] > 1})
    budget = Budget(rows=15, at_least={"side": {"True": 5}})
    stats = FairRangeClustering(starts=1).select(pool, budget).stats
    assert stats["swaps"] > 0
    assert stats["cost"] < stats["seeded_cost"]
    more = FairRangeClustering(starts=3).select(pool, budget).stats
    assert more["cost"] <= stats["cost"]


@pytest.mark.parametrize("wrong", [{"power": 3}, {"starts": 0}, {"proposals": -1}, {"passes": -1}])
def test_wrong_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        FairRangeClustering(**wrong)
