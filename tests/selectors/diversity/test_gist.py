from itertools import combinations

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
        Gist(form="graph", neighbors=5),
        Gist(metric="chord"),
        Gist(form="graph", neighbors=5, metric="chord"),
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


def clumped(seed: int, n: int) -> Pool:
    """Rows of which some lie in clumps larger than a short list."""
    rng = np.random.default_rng(seed)
    X = np.concatenate([rng.normal(0, 1, (n // 2, 2)), rng.normal(2, 0.01, (n - n // 2, 2))])
    return Pool.from_array(X, signals={"quality": rng.random(n)})


@pytest.mark.parametrize("utility", ["quality", "facility-location"])
def test_the_graph_form_keeps_every_threshold_and_lists_only_bound_distances(utility: str) -> None:
    for seed in range(20):
        some = clumped(seed, 60)
        k = 6 + seed
        settings = {"utility": utility, "neighbors": 4, "alpha": 0.3, "eps": 0.2}
        graph = Gist(form="graph", **settings).select(some, Budget(rows=k))
        exact = Gist(form="exact", **settings).select(some, Budget(rows=k))
        inside = distances(some.signal("embedding")[graph.indices])[np.triu_indices(k, 1)]
        assert graph.stats["kept"] == 1.0
        assert inside.min() >= graph.stats["threshold"]
        assert graph.stats["diversity"] == pytest.approx(inside.min())
        # Every threshold's set is the measured one; its least distance is bounded from below.
        told = {one["threshold"]: one for one in exact.stats["table"]}
        for one in graph.stats["table"]:
            if one["rule"] == "threshold" and one["threshold"] in told:
                assert one["rows"] == told[one["threshold"]]["rows"]
                assert one["diversity"] <= told[one["threshold"]]["diversity"] + 1e-12
        full = [one["value"] for one in graph.stats["table"] if one["rows"] == k]
        assert graph.value >= max(full)
    assert exact.stats["form"] == "exact"
    assert graph.stats["form"] == "graph"


def test_with_whole_lists_the_graph_form_gives_the_picks_of_the_exact_one() -> None:
    for seed in range(10):
        some = clumped(seed, 40)
        graph, exact = (
            Gist(form=form, neighbors=39, thresholds="both").select(some, Budget(rows=9))
            for form in ("graph", "exact")
        )
        table = [one for one in exact.stats["table"] if one["rule"] != "greedy"]
        assert graph.stats["table"] == table
        assert np.array_equal(
            graph.assignment,
            distances(some.signal("embedding"))[:, graph.indices].argmin(axis=1),
        )


def test_missed_neighbors_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cribble.objectives.neighbor_lists.EXACT_ROWS", 10)
    some = pool(0, 1200)
    sparse = Gist(form="graph", neighbors=3, probes=1, alpha=0.0)
    chosen = sparse.select(some, Budget(rows=200))
    inside = distances(some.signal("embedding")[chosen.indices])[np.triu_indices(200, 1)].min()
    assert chosen.stats["neighbor_search"] == "1 clusters"
    assert chosen.stats["kept"] == pytest.approx(inside / chosen.stats["threshold"])
    assert chosen.stats["kept"] < 1
    assert chosen.stats["diversity"] == pytest.approx(inside)


def test_the_form_is_chosen_by_size_and_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    some = pool(0, 100)
    for work, rows, form in ((1e9, 60, "exact"), (1e3, 60, "graph"), (1e3, 20, "exact")):
        monkeypatch.setattr("cribble.selectors.diversity.gist._EXACT_WORK", work)
        chosen = Gist(neighbors=2).select(some, Budget(rows=rows))
        assert chosen.stats["form"] == form


def chords(X: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(X, axis=1)
    return np.sqrt(np.maximum(2 - 2 * (X @ X.T) / np.outer(lengths, lengths), 0))


def test_by_chords_value_and_certificate_are_those_of_the_cosines() -> None:
    n, k, differ = 9, 3, 0
    for seed in range(100):
        some = pool(seed, n)
        X, quality = some.signal("embedding"), some.signal("quality")
        table = chords(X)
        scaled = (quality - quality.min()) / np.ptp(quality)

        def value(rows: list[int], table=table, scaled=scaled) -> float:
            inside = table[np.ix_(rows, rows)][np.triu_indices(k, 1)]
            return float(0.2 * scaled[rows].mean() + 0.8 * inside.min() / table.max())

        best = max(value(list(rows)) for rows in combinations(range(n), k))
        chosen = Gist(metric="chord").select(some, Budget(rows=k))
        sharded = Gist(metric="chord", shards=2).select(some, Budget(rows=k))
        for one in (chosen, sharded):
            assert one.value == pytest.approx(value(one.indices.tolist()), abs=1e-6)
            assert one.value <= best + 1e-6
        assert chosen.value >= (2 / 3 - 0.05) * best
        assert sharded.upper_bound >= best - 1e-6
        other = Gist().select(some, Budget(rows=k))
        differ += set(other.indices.tolist()) != set(chosen.indices.tolist())
    assert differ > 20


def test_by_chords_the_graph_form_keeps_the_threshold_beside_rows_of_zeros() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((60, 2 if seed % 2 else 5)) * rng.random((60, 1))
        X[:3] = 0
        method = Gist(form="graph", metric="chord", neighbors=3, alpha=0.3)
        chosen = method.select(
            Pool.from_array(X, signals={"quality": rng.random(60)}), Budget(rows=4 + seed)
        )
        unit = X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-300)
        inside = distances(unit[chosen.indices])[np.triu_indices(4 + seed, 1)]
        assert chosen.stats["kept"] == 1.0
        assert inside.min() >= chosen.stats["threshold"] - 1e-6


@pytest.mark.parametrize(
    "wrong",
    [
        {"form": "dense"},
        {"neighbors": 0},
        {"form": "graph", "shards": 2},
        {"alpha": 1.1},
        {"eps": 0.0},
        {"lam": -1.0},
        {"thresholds": "all"},
        {"utility": "sum"},
        {"metric": "cosine"},
    ],
)
def test_wrong_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=list(wrong)[-1]):
        Gist(**wrong)
