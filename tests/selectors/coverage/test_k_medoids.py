"""K-medoids: the best set of a tiny pool, under every kind of limit."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference import medoids as reference
from cribble.selectors.coverage.k_medoids import DISTANCES, KMedoids


def _pool(seed: int, n: int = 12) -> Pool:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2)).astype(np.float32)
    return Pool.from_array(
        X,
        signals={"tokens": rng.integers(1, 6, n).astype(float)},
        groups={"source": np.arange(n) % 2},
    )


def _table(pool: Pool, distance: str) -> np.ndarray:
    X = pool.signal("embedding").astype(np.float64)
    if distance == "cosine":
        X = X / np.linalg.norm(X, axis=1, keepdims=True)
        return 1 - X @ X.T
    return reference.distances(X, root=distance == "euclidean")


@pytest.mark.parametrize("distance", DISTANCES)
def test_the_best_seed_finds_the_best_set(distance: str) -> None:
    pool = _pool(0)
    table = _table(pool, distance)
    method = KMedoids(distance=distance)
    found = [method.select(pool, Budget(rows=3), seed) for seed in range(12)]
    for chosen in found:
        loss = reference.loss(table, chosen.indices) / 12
        assert chosen.stats["loss"] == pytest.approx(loss, abs=1e-6)
        np.testing.assert_allclose(
            table[np.arange(12), chosen.indices[chosen.assignment]],
            table[:, chosen.indices].min(axis=1),
            atol=1e-6,
        )
    least = min(chosen.stats["loss"] for chosen in found)
    assert least == pytest.approx(reference.best(table, 3) / 12, abs=1e-6)


def test_picks_that_stand_for_more_rows_come_first() -> None:
    X = np.repeat([0.0, 5.0, 9.0], [2, 7, 4])[:, None]
    chosen = KMedoids().select(Pool.from_array(X), Budget(rows=3))
    assert np.bincount(chosen.assignment).tolist() == [7, 4, 2]
    assert X[chosen.indices, 0].tolist() == [5.0, 9.0, 0.0]


def test_kept_rows_stay_and_the_others_are_chosen_around_them() -> None:
    pool = _pool(1)
    table = _table(pool, "euclidean")
    best = min(reference.loss(table, [3, row]) for row in range(12) if row not in (3, 5))
    chosen = KMedoids().select(pool, Budget(rows=2, keep=[3], drop=[5]))
    assert chosen.indices[0] == 3
    assert reference.loss(table, chosen.indices) == pytest.approx(best)


def test_swaps_between_groups_hold_their_limits() -> None:
    pool = _pool(2)
    budget = Budget(rows=4, at_least={"source": {"0": 1}}, at_most={"source": {"0": 1}})
    table = _table(pool, "euclidean")
    sets = [
        [a, *rest] for a in range(0, 12, 2) for rest in itertools.combinations(range(1, 12, 2), 3)
    ]
    best = min(reference.loss(table, one) for one in sets)
    found = [KMedoids().select(pool, budget, seed) for seed in range(15)]
    assert all((chosen.indices % 2 == 0).sum() == 1 for chosen in found)
    assert min(reference.loss(table, one.indices) for one in found) == pytest.approx(best)


def test_rows_added_with_what_is_left_of_a_cost_stand_for_themselves() -> None:
    pool = _pool(3, n=40)
    chosen = KMedoids().select(pool, Budget(cost=50))
    table = _table(pool, "euclidean")
    assert pool.signal("tokens")[chosen.indices].sum() <= 50
    assert chosen.assignment[chosen.indices].tolist() == list(range(len(chosen)))
    assert chosen.stats["loss"] == pytest.approx(reference.loss(table, chosen.indices) / 40)


def test_a_search_loads_no_compiled_code() -> None:
    code = """
import sys
import numpy as np
from cribble.core import Budget, Pool
from cribble.selectors.coverage.k_medoids import KMedoids

X = np.random.default_rng(0).standard_normal((1_100, 3)).astype(np.float32)
KMedoids().select(Pool.from_array(X), Budget(rows=4))
print({"numba", "llvmlite", "scipy", "pyarrow"} & set(sys.modules))
"""
    source = next(path for path in sys.path if path.endswith("src"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


def test_parameters_that_cannot_be_are_refused() -> None:
    for bad in ({"distance": "far"}, {"search": "all"}, {"rounds": -1}):
        with pytest.raises(ParameterError, match=next(iter(bad))):
            KMedoids(**bad)


def test_rows_about_their_mean_are_those_of_a_pool_that_was_centered() -> None:
    rng = np.random.default_rng(3)
    X = (rng.normal(size=(40, 3)) * rng.uniform(0.1, 9, size=(40, 1)) + 5).astype(np.float32)
    unit = X - X.mean(axis=0, dtype=np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    ours = KMedoids(centered=True).select(Pool.from_array(X), Budget(rows=6))
    other = KMedoids().select(Pool.from_array(unit.astype(np.float32)), Budget(rows=6))
    assert ours.indices.tolist() == other.indices.tolist()
    assert (
        ours.indices.tolist()
        != KMedoids().select(Pool.from_array(X), Budget(rows=6)).indices.tolist()
    )
