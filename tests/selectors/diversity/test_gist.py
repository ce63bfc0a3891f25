import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError, SignalError
from cribble.kernels.reference.separation import distances
from cribble.selectors.diversity.facility_location import FacilityLocation
from cribble.selectors.diversity.gist import Gist
from cribble.testing import check_selector


def pool(seed: int, n: int, **rest) -> Pool:
    rng = np.random.default_rng(seed)
    quality = rng.normal(2, 3, n)
    return Pool.from_array(rng.standard_normal((n, 3)), signals={"quality": quality}, **rest)


@pytest.mark.parametrize(
    "method",
    [
        Gist(),
        Gist(thresholds="both", alpha=0.9),
        Gist(lam=2.0),
        Gist(utility="facility-location", alpha=0.5, eps=0.2),
    ],
)
def test_it_holds_the_contract(method: Gist) -> None:
    check_selector(method)


def test_the_value_is_the_balance_it_promises() -> None:
    for alpha in (0.0, 0.2, 1.0):
        some = pool(1, 200)
        chosen = Gist(alpha=alpha).select(some, Budget(rows=12))
        table = distances(some.signal("embedding"))
        quality = some.signal("quality")
        scaled = (quality - quality.min()) / (quality.max() - quality.min())
        inside = table[np.ix_(chosen.indices, chosen.indices)]
        least = inside[np.triu_indices(12, 1)].min()
        expected = alpha * scaled[chosen.indices].mean() + (1 - alpha) * least / table.max()
        assert chosen.value == pytest.approx(expected)
        assert chosen.stats["diversity"] == pytest.approx(least)
        assert chosen.stats["diameter"] == pytest.approx(table.max())
        assert np.array_equal(chosen.assignment, table[:, chosen.indices].argmin(axis=1))
        assert max(one["value"] for one in chosen.stats["table"] if one["rows"] == 12) == (
            chosen.value
        )


def test_the_papers_weight_takes_quality_as_it_is() -> None:
    rng = np.random.default_rng(2)
    quality = rng.random(100)
    some = Pool.from_array(rng.standard_normal((100, 2)), signals={"quality": quality})
    chosen = Gist(lam=0.7).select(some, Budget(rows=8))
    expected = quality[chosen.indices].sum() + 0.7 * chosen.stats["diversity"]
    assert chosen.value == pytest.approx(expected)
    with pytest.raises(SignalError, match="negative"):
        Gist(lam=1.0).select(pool(0, 20), Budget(rows=3))


def test_facility_location_as_utility_is_a_share_of_what_greedy_reaches() -> None:
    some = pool(7, 60)
    X = some.signal("embedding")
    greedy = FacilityLocation().select(some, Budget(rows=6))
    affinity = np.maximum(((X - X.mean(axis=0)) ** 2).sum(axis=1)[:, None] - distances(X) ** 2, 0)
    for alpha in (0.3, 1.0):
        chosen = Gist(utility="facility-location", alpha=alpha).select(some, Budget(rows=6))
        covered = affinity[:, chosen.indices].max(axis=1).sum()
        spread = (1 - alpha) * chosen.stats["diversity"] / chosen.stats["diameter"]
        assert chosen.value == pytest.approx(alpha * covered / greedy.value + spread, rel=1e-5)
        assert chosen.value >= alpha - 1e-6
    raw = Gist(utility="facility-location", lam=0.0).select(some, Budget(rows=6))
    assert raw.value == pytest.approx(greedy.value, rel=1e-6)


def test_quality_alone_and_distance_alone_are_the_two_ends() -> None:
    some = pool(3, 300)
    best = np.argsort(-some.signal("quality"), kind="stable")[:10]
    assert np.array_equal(Gist(alpha=1.0).select(some, Budget(rows=10)).indices, best)
    spread = [Gist(alpha=a).select(some, Budget(rows=10)).stats["diversity"] for a in (0, 0.5, 1)]
    assert spread[0] > spread[1] > spread[2]


def test_without_quality_the_picks_are_far_apart() -> None:
    X = np.random.default_rng(4).standard_normal((300, 2))
    chosen = Gist().select(Pool.from_array(X), Budget(rows=10))
    random = [
        distances(X[np.random.default_rng(seed).choice(300, 10, replace=False)])[
            np.triu_indices(10, 1)
        ].min()
        for seed in range(20)
    ]
    assert chosen.stats["diversity"] > 2 * max(random)


def test_more_thresholds_never_lower_the_value() -> None:
    for seed in range(5):
        values = [
            Gist(thresholds=kind, alpha=0.5).select(pool(seed, 100), Budget(rows=9)).value
            for kind in ("geometric", "half-distances", "both")
        ]
        assert values[2] >= max(values[:2])


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": 1.1}, {"eps": 0.0}, {"lam": -1.0}, {"thresholds": "all"}, {"utility": "sum"}],
)
def test_wrong_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Gist(**wrong)
