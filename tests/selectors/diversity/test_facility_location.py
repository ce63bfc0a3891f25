from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.greedy import affinities
from cribble.objectives.facility_location import Affinity
from cribble.selectors.diversity.facility_location import FacilityLocation
from cribble.testing import check_selector

METHODS = {
    "phantom": FacilityLocation(),
    "cosine": FacilityLocation(similarity="cosine"),
    "graph": FacilityLocation(form="graph", neighbors=4),
    "sample": FacilityLocation(form="sample", sample=25),
    "stochastic": FacilityLocation(optimizer="stochastic"),
}


def rows(seed: int, n: int, d: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((4, d))[rng.integers(4, size=n)] * 2 + rng.random((n, d))).astype(
        np.float32
    )


def table(X: np.ndarray, similarity: str = "phantom") -> np.ndarray:
    a = Affinity.of(X, similarity)
    return np.maximum(0, affinities(a.points, a.points, a.offsets, a.scale)).astype(np.float64)


@pytest.mark.parametrize("form", METHODS)
def test_it_holds_the_contract(form: str) -> None:
    check_selector(METHODS[form])


@pytest.mark.parametrize("similarity", ["phantom", "cosine"])
def test_greedy_reaches_its_share_and_the_bound_is_above_the_optimum(similarity: str) -> None:
    method = FacilityLocation(similarity=similarity)
    ratios = []
    for seed in range(100):
        X, k = rows(seed, 11), 2 + seed % 3
        chosen = method.select(Pool.from_array(X), Budget(rows=k))
        all_pairs = table(X, similarity)
        best = max(all_pairs[:, picks].max(axis=1).sum() for picks in combinations(range(11), k))
        assert chosen.value == pytest.approx(all_pairs[:, chosen.indices].max(axis=1).sum())
        assert (1 - 1 / np.e) * best <= chosen.value <= best * (1 + 1e-6)
        assert best <= chosen.upper_bound * (1 + 1e-6)
        assert chosen.gains.sum() == pytest.approx(chosen.value)
        ratios.append(chosen.value / best)
    assert np.mean(ratios) > 0.97


def test_each_row_is_assigned_to_the_pick_that_stands_for_it() -> None:
    X = rows(1, 60)
    near = table(X)
    for name in ("phantom", "sample"):
        chosen = METHODS[name].select(Pool.from_array(X), Budget(rows=5))
        inside = near[:, chosen.indices]
        expected = np.where(inside.max(axis=1) > 0, inside.argmax(axis=1), -1)
        assert np.array_equal(chosen.assignment, expected)


def test_the_form_follows_from_the_size_and_is_said() -> None:
    X = rows(2, 80)
    for memory in (10_000, 1 << 30):
        chosen = FacilityLocation().select(Pool.from_array(X, memory=memory), Budget(rows=5))
        assert chosen.stats["form"] == "exact"
    graph = METHODS["graph"].select(Pool.from_array(X), Budget(rows=5))
    assert graph.stats["form"] == "graph"
    assert graph.stats["neighbor_search"] == "exact"
    assert graph.stats["upper_bound_of"] == "the graph objective"
    sizes = {(79_000, 10): "exact", (80_000, 625): "graph", (80_000, 624): "sample"}
    for (n, picks), form in sizes.items():
        assert FacilityLocation().form_for(n, 64, picks) == form
    assert FacilityLocation(similarity="rbf").form_for(100, 64, 1) == "graph"


def test_a_graph_of_all_neighbors_is_the_exact_form() -> None:
    X = rows(3, 80)
    exact = FacilityLocation().select(Pool.from_array(X), Budget(rows=15))
    graph = FacilityLocation(form="graph", neighbors=200).select(
        Pool.from_array(X), Budget(rows=15)
    )
    assert np.array_equal(exact.indices, graph.indices)
    assert exact.value == pytest.approx(graph.value, rel=1e-6)
    assert exact.upper_bound == pytest.approx(graph.upper_bound, rel=1e-6)


def test_a_sparse_graph_keeps_most_of_the_value() -> None:
    X = rows(4, 500, 8)
    near = table(X)
    exact, graph = (
        FacilityLocation(form=form, neighbors=32).select(Pool.from_array(X), Budget(rows=40))
        for form in ("exact", "graph")
    )
    assert near[:, graph.indices].max(axis=1).sum() > 0.97 * exact.value
    assert graph.value <= exact.value


def test_a_sample_gives_an_estimate_and_no_certificate() -> None:
    X = rows(5, 600, 4)
    pool = Pool.from_array(X)
    exact = FacilityLocation().select(pool, Budget(rows=10))
    sample = FacilityLocation(form="sample", sample=200).select(pool, Budget(rows=10), seed=1)
    assert sample.upper_bound is None
    assert sample.stats["sampled_rows"] == 200
    true = table(X)[:, sample.indices].max(axis=1).sum()
    assert sample.value == pytest.approx(true, rel=0.1)
    assert 0.93 * exact.value < true <= exact.value
    whole = FacilityLocation(form="sample", sample=600).select(pool, Budget(rows=10))
    assert np.array_equal(whole.indices, exact.indices)


@pytest.mark.parametrize(
    "wrong",
    [
        {"optimizer": "fast"},
        {"similarity": "dot"},
        {"form": "dense"},
        {"neighbors": 0},
        {"probes": 0},
        {"sample": 0},
    ],
)
def test_wrong_parameters_are_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        FacilityLocation(**wrong)
