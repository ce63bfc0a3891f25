import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.kernels.reference import separation as twin
from cribble.kernels.separation import far_pair, least_distance, separated_rows, walk_separated


def walk(X: np.ndarray, order: np.ndarray, gap: float, most: int, stride: int, best: float):
    n = len(X)
    members, front = np.empty((most, X.shape[1]), dtype=X.dtype), np.arange(most)
    gates = (
        np.zeros(n, dtype=bool),
        np.zeros(n, dtype=np.int64),
        np.zeros(n),
        np.array([np.inf]),
    )
    picks: list[int] = []
    position, closest = 0, np.inf
    while len(picks) < most and position < n:
        room = min(stride, most - len(picks))
        joined = np.empty(room, dtype=np.int64)
        place = (position, members, front, len(picks), most, gap, closest)
        worth = (np.zeros(n + 1), 0.0, 1.0, 100.0, best, room)
        position, added, closest = walk_separated(X, order, *place, *worth, *gates, joined)
        picks.extend(joined[:added].tolist())
    return picks, closest, position


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 30),
    st.integers(1, 9),
)
def test_walks_equal_their_twin(seed: int, n: int, most: int, gap: int, stride: int) -> None:
    rng = np.random.default_rng(seed)
    X, order = rng.integers(-3, 4, (n, 2)).astype(np.float32), rng.permutation(n)
    picks, closest, _ = walk(X, order, float(gap), most, stride, -np.inf)
    assert picks == twin.separated_rows(X, order, gap, most)
    if len(picks) > 1:
        table = twin.distances(X[picks])
        least = table[np.triu_indices(len(picks), 1)].min()
        assert np.sqrt(closest) == least


def test_a_walk_gives_up_once_the_best_that_can_come_is_too_little() -> None:
    X, order = np.array([[0.0], [10], [13], [30], [50]]), np.arange(5)
    # The value is the least distance: 10 after two rows, 3 after three.
    for bar, position, picks in ((3.0, 5, [0, 1, 2, 3, 4]), (4.0, 6, [0, 1, 2]), (11.0, 6, [0, 1])):
        found, _, end = walk(X, order, 1.0, 5, 5, bar)
        assert (found, end) == (picks, position)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 200))
def test_least_and_largest_distances_are_exact_on_small_pools(seed: int, n: int, d: int) -> None:
    X = np.random.default_rng(seed).integers(-3, 4, (n, d)).astype(np.float32)
    table = twin.distances(X)
    upper = table[np.triu_indices(n, 1)]
    assert least_distance(X) == (upper.min() if n > 1 else np.inf)
    first, second, distance = far_pair(X, np.zeros(d))
    assert distance == table.max()
    assert table[first, second] == distance


def test_the_least_distance_of_many_rows_is_exact_far_from_the_origin() -> None:
    X = np.random.default_rng(0).standard_normal((3000, 3)).astype(np.float32) + np.float32(50)
    for pair in ((2999, 4), (17, 1030)):
        X[pair[0]] = X[pair[1]] + np.float32(1e-4)
        apart = float(((X[pair[0]].astype(np.float64) - X[pair[1]]) ** 2).sum())
        assert least_distance(X) == np.sqrt(apart)
        X[pair[0]] += 9


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_on_large_pools_the_pair_is_at_least_half_the_diameter_apart(seed: int) -> None:
    X = np.random.default_rng(seed).standard_normal((2100, 3))
    first, second, distance = far_pair(X, X.mean(axis=0))
    assert distance == pytest.approx(np.linalg.norm(X[first] - X[second]))
    assert distance >= twin.distances(X).max() / 2


def test_rows_keep_their_distance_however_they_are_asked() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X = rng.integers(0, 5, (30, 2)).astype(np.float32)
        members, gap = X[rng.choice(30, 6, replace=False)], float(rng.integers(0, 9))
        met = np.zeros(30, dtype=np.int64)
        for count in (0, 2, 3, 6):
            rows = rng.choice(30, 12, replace=False)
            marks = separated_rows(X, rows, members, count, gap, met)
            table = twin.distances(np.concatenate([X[rows], members[:count]]))[:12, 12:]
            assert np.array_equal(marks, (np.round(table**2) >= gap).all(axis=1))
