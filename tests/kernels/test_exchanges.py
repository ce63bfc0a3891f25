import numpy as np
import pytest

from cribble.core import Pool
from cribble.kernels.reference.exchanges import exchanges
from cribble.objectives.base import Exchanging
from cribble.objectives.facility_location import (
    Affinity,
    FacilityLocation,
    ListedFacilityLocation,
)
from cribble.objectives.neighbor_lists import neighbor_lists


def affinities(a: Affinity, targets: np.ndarray) -> np.ndarray:
    products = targets.astype(np.float64) @ a.points.T.astype(np.float64)
    return np.maximum(a.scale * products + a.offsets, 0)


def gathered(objective: Exchanging, picks: np.ndarray) -> np.ndarray:
    blocks = list(objective.exchanges(picks, np.arange(objective.size)))
    assert np.array_equal(np.concatenate([rows for rows, _ in blocks]), np.arange(objective.size))
    return np.concatenate([changes for _, changes in blocks])


@pytest.mark.parametrize("similarity", ["phantom", "cosine"])
def test_all_pairs_equal_explicit_differences(similarity: str) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(2, 40)), int(rng.integers(1, 9))
        X = rng.standard_normal((n, 3))
        X[0] = X[-1]
        affinity = Affinity.of(X, similarity)
        targets = rng.standard_normal((20, 3)).astype(np.float32) if seed % 2 else affinity.points
        held = rng.random(len(targets)).astype(np.float32) if seed % 3 == 0 else None
        picks = rng.choice(n, min(k, n), replace=False)
        objective = FacilityLocation(affinity, targets, held=held)
        table = affinities(affinity, targets)
        expected = exchanges(table, np.zeros(len(table)) if held is None else held, picks)
        outside = ~np.isin(np.arange(n), picks)
        found = gathered(objective, picks)
        np.testing.assert_allclose(found[outside], expected[outside], rtol=1e-4, atol=1e-4)


def test_listed_pairs_equal_explicit_differences() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(3, 600)), int(rng.integers(1, 9))
        pool = Pool.from_array(rng.standard_normal((n, 3)))
        lists = neighbor_lists(pool, "embedding", "phantom", min(4, n - 1))
        objective = ListedFacilityLocation(lists, n)
        start, rows, values = objective.lists
        table = np.zeros((n, n))
        table[rows, np.repeat(np.arange(n), np.diff(start))] = np.maximum(values, 0)
        picks = rng.choice(n, min(k, n), replace=False)
        outside = ~np.isin(np.arange(n), picks)
        expected = exchanges(table, np.zeros(n), picks)
        np.testing.assert_allclose(gathered(objective, picks)[outside], expected[outside])


def test_blocks_and_state_change_nothing() -> None:
    rng = np.random.default_rng(0)
    affinity = Affinity.of(rng.standard_normal((700, 5)), "phantom")
    picks = np.array([5, 600, 31])
    fresh, used = FacilityLocation(affinity), FacilityLocation(affinity)
    for row in range(40):
        used.add(row)
    value = used.value
    assert np.array_equal(gathered(fresh, picks), gathered(used, picks))
    assert used.value == value
