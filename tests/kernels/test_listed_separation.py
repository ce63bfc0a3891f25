import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.listed_separation import nearest_listed
from cribble.kernels.neighbors import NearRows, exact_neighbors, measured
from cribble.kernels.reference import separation as twin
from cribble.optimizers.spacing import Near, Path, spacing


def draw(seed: int, n: int, count: int) -> tuple[np.ndarray, Near]:
    rng = np.random.default_rng(seed)
    # Clumps: rows of some are all nearer to one another than to any threshold.
    X = (rng.integers(-3, 4, (n, 2)) + rng.normal(0, 0.2, (n, 2))).astype(np.float32)
    center = X.mean(axis=0)
    near = exact_neighbors(X - center, min(count, n - 1))
    return X, Near.of_graph(X, lines(X, near), center.astype(np.float64))


def lines(X: np.ndarray, near: np.ndarray) -> NearRows:
    return NearRows(np.arange(len(X), dtype=np.int32), measured(X, near))


@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 60),
    st.integers(1, 8),
    st.floats(0, 9),
    st.integers(1, 9),
)
def test_a_walk_by_lists_is_the_walk_that_measures(
    seed: int, n: int, count: int, gap: float, stride: int
) -> None:
    X, near = draw(seed, n, count)
    order = np.random.default_rng(seed).permutation(n)
    apart, position, picks = spacing(X, gap, near), 0, []
    gates = (np.zeros(n, dtype=bool), np.zeros(n, dtype=np.int64), np.zeros(n), np.array([np.inf]))
    while position < n:
        worth = (np.zeros(n + 1), 0.0, 1.0, 100.0, -np.inf)
        position, joined = apart.walk(Path(order, position, n, worth, gates, stride))
        picks += joined.tolist()
    assert picks == twin.separated_rows(X, order, gap, n)
    least = twin.distances(X[picks])[np.triu_indices(len(picks), 1)].min(initial=np.inf)
    assert gap <= apart.closest <= least**2 * (1 + 1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 6), st.floats(0, 9))
def test_rows_asked_one_by_one_are_those_that_measuring_admits(
    seed: int, n: int, count: int, gap: float
) -> None:
    X, near = draw(seed, n, count)
    ways = [spacing(X, gap, one) for one in (near, None)]
    for way in ways:
        way.add(0, kept=True)
        way.add(n - 1, kept=True)
    rows = np.arange(1, n - 1)
    for row in np.random.default_rng(seed).permutation(rows).tolist():
        marks = [way.admitted(rows) for way in ways]
        assert np.array_equal(*marks)
        if marks[0][rows == row]:
            for way in ways:
                way.add(row, kept=False)
            rows = rows[rows != row]
    assert ways[0].closest <= ways[1].closest


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 6))
def test_unlisted_rows_are_out_of_reach(seed: int, n: int, count: int) -> None:
    X, near = draw(seed, n, count)
    table = twin.distances(X) ** 2
    listed = np.zeros((n, n), dtype=bool)
    for row in range(n):
        listed[row, near.rows[near.start[row] : near.start[row + 1]]] = True
    assert np.array_equal(listed, listed.T)
    assert (table >= np.maximum.outer(near.reach, near.reach))[~listed].all()


def test_the_nearest_listed_pick_is_found_and_the_earlier_of_two_equals() -> None:
    X = np.array([[0.0], [1], [2], [9], [10]], dtype=np.float32)
    near = Near.of_graph(X, lines(X, exact_neighbors(X, 1)), np.zeros(1))
    assert near.owners(np.array([2, 0])).tolist() == [1, 0, 0, -1, -1]
    place = np.full(5, -1, dtype=np.int64)
    assert (nearest_listed(*near[:3], place) == -1).all()
