import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.reference import separation as twin
from cribble.kernels.separation import far_pair, least_distance, next_separated


def walk(X: np.ndarray, order: np.ndarray, gap: float, most: int) -> tuple[list[int], float]:
    n = len(X)
    members, front = np.empty((most, X.shape[1]), dtype=X.dtype), np.arange(most)
    open_limits = (
        np.zeros(n, dtype=bool),
        np.zeros(n, dtype=np.int64),
        np.zeros(n),
        np.array([np.inf]),
    )
    picks: list[int] = []
    position, closest = 0, np.inf
    while len(picks) < most:
        state = (position, members, front, len(picks), gap, closest, np.zeros(n + 1))
        position, least = next_separated(X, order, *state, most, -np.inf, *open_limits)
        if position >= n:
            break
        closest = least
        members[len(picks)] = X[order[position]]
        picks.append(int(order[position]))
        position += 1
    return picks, closest


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40), st.integers(0, 30))
def test_walks_equal_their_twin(seed: int, n: int, most: int, gap: int) -> None:
    rng = np.random.default_rng(seed)
    X, order = rng.integers(-3, 4, (n, 2)).astype(np.float32), rng.permutation(n)
    picks, closest = walk(X, order, float(gap), most)
    assert picks == twin.separated_rows(X, order, gap, most)
    if len(picks) > 1:
        table = twin.distances(X[picks])
        assert np.sqrt(closest) == table[np.triu_indices(len(picks), 1)].min()


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 200))
def test_least_and_largest_distances_are_exact_on_small_pools(seed: int, n: int, d: int) -> None:
    X = np.random.default_rng(seed).integers(-3, 4, (n, d)).astype(np.float32)
    table = twin.distances(X)
    upper = table[np.triu_indices(n, 1)]
    assert least_distance(X) == (upper.min() if n > 1 else np.inf)
    first, second, distance = far_pair(X, np.zeros(d))
    assert distance == table.max()
    assert table[first, second] == distance


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_on_large_pools_the_pair_is_at_least_half_the_diameter_apart(seed: int) -> None:
    X = np.random.default_rng(seed).standard_normal((2100, 3))
    first, second, distance = far_pair(X, X.mean(axis=0))
    assert distance == pytest.approx(np.linalg.norm(X[first] - X[second]))
    assert distance >= twin.distances(X).max() / 2
