from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import Budget, Pool
from cribble.kernels.reference.separation import distances
from cribble.optimizers.separated import Separation, geometric_thresholds, half_distances
from cribble.optimizers.separated_weights import Weights


def value(table: np.ndarray, utility: np.ndarray, balance: float, picks: tuple[int, ...]) -> float:
    inside = table[np.ix_(picks, picks)][np.triu_indices(len(picks), 1)]
    return float(utility[list(picks)].sum() + balance * inside.min(initial=table.max()))


def draw(seed: int, n: int | None = None):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 12)) if n is None else n
    X = rng.standard_normal((n, 2))
    return X, rng.random(n), float(rng.choice([0.1, 0.5, 1.0, 3.0])), int(rng.integers(1, 5))


def make(X, utility, balance, k: int, fill: bool, **limits) -> Separation:
    bounds = Budget(rows=k, **limits).resolve(Pool.from_array(X))
    return Separation(X, Weights(utility), balance, float(distances(X).max()), bounds, fill=fill)


def complete(search: Separation, thresholds: np.ndarray) -> Separation:
    search.search(thresholds)
    table = distances(search.X)
    first, second = np.unravel_index(table.argmax(), table.shape)
    search.try_pair(int(first), int(second), float(table.max()))
    return search


@pytest.mark.parametrize(("eps", "share"), [(0.1, 2 / 3 - 0.1), (0.02, 2 / 3 - 0.02)])
def test_without_filling_it_reaches_its_share_of_the_optimum(eps: float, share: float) -> None:
    ratios = []
    for seed in range(200):
        X, utility, balance, k = draw(seed)
        table = distances(X)
        best = max(
            value(table, utility, balance, picks)
            for size in range(1, k + 1)
            for picks in combinations(range(len(X)), size)
        )
        search = make(X, utility, balance, k, fill=False)
        found = complete(search, geometric_thresholds(search.diameter, eps)).best
        assert found.value == pytest.approx(value(table, utility, balance, tuple(found.picks)))
        assert share * best <= found.value <= best + 1e-9
        ratios.append(found.value / best)
    assert min(ratios) < 1
    assert np.mean(ratios) > 0.97


def test_half_distances_reach_half_of_the_optimum_without_quality() -> None:
    for seed in range(200):
        X, _, _, k = draw(seed)
        table = distances(X)
        zero = np.zeros(len(X))
        best = max(value(table, zero, 1.0, picks) for picks in combinations(range(len(X)), k))
        search = make(X, zero, 1.0, k, fill=True)
        search.search(half_distances(X, np.arange(len(X))))
        assert len(search.best.picks) == k
        assert search.best.value >= best / 2 - 1e-9


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_every_set_keeps_its_threshold_and_is_full_or_maximal(seed: int) -> None:
    X, utility, balance, k = draw(seed)
    table = distances(X)
    search = make(X, utility, balance, k, fill=False)
    search.search(geometric_thresholds(search.diameter, 0.2))
    for one in search.table:
        inside = table[np.ix_(one.picks, one.picks)][np.triu_indices(len(one.picks), 1)]
        assert inside.min(initial=np.inf) >= one.threshold
        assert one.diversity == pytest.approx(inside.min(initial=search.diameter))
        if len(one.picks) < k:
            assert (table[:, one.picks].min(axis=1) < one.threshold).all()
        assert one.full == (len(one.picks) == k)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_what_is_skipped_could_not_have_won(seed: int, fill: bool) -> None:
    X, utility, balance, k = draw(seed, n=40)
    grid = geometric_thresholds(float(distances(X).max()), 0.1)
    search = make(X, utility, balance, k, fill)
    search.search(grid)
    best = None
    for threshold in (0.0, *grid.tolist()):
        alone = make(X, utility, balance, k, fill=False)
        candidate = alone._walk(threshold)
        full = candidate.full or not fill
        if full and (best is None or candidate.value >= best.value):
            best = candidate
    assert search.best.value == best.value
    assert search.best.picks.tolist() == best.picks.tolist()


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_more_thresholds_and_candidates_never_lower_the_value(seed: int) -> None:
    X, utility, balance, k = draw(seed, n=30)
    few, many = (make(X, utility, balance, k, fill=True) for _ in range(2))
    coarse, fine = (geometric_thresholds(few.diameter, eps) for eps in (0.3, 0.05))
    few.search(coarse)
    many.search(np.union1d(coarse, fine))
    assert many.best.value >= few.best.value
    before = many.best.value
    many.refine(0.05)
    assert many.best.value >= before
    before = many.best.value
    many.try_greedy()
    assert many.best.value >= before


def test_greedy_takes_the_row_after_which_the_value_is_largest() -> None:
    for seed in range(30):
        X, utility, balance, k = draw(seed, n=12)
        table = distances(X)
        picks: tuple[int, ...] = ()
        for _ in range(k):
            after = {
                row: value(table, utility, balance, (*picks, row))
                for row in set(range(12)) - set(picks)
            }
            picks = (*picks, max(after, key=lambda row: (after[row], -row)))
        search = make(X, utility, balance, k, fill=True)
        search.try_greedy()
        assert search.table[0].picks.tolist() == list(picks)


def test_the_best_first_rows_of_greedy_compete_where_smaller_sets_do() -> None:
    shorter = 0
    for seed in range(60):
        X, utility, balance, _ = draw(seed, n=10)
        table = distances(X)
        full = make(X, utility, balance, 6, fill=True)
        full.try_greedy()
        order = full.table[0].picks
        search = make(X, utility, balance, 6, fill=False)
        search.try_greedy()
        values = [value(table, utility, balance, tuple(order[:size])) for size in range(1, 7)]
        assert [one.value for one in search.table] == pytest.approx(values)
        assert search.best.value == pytest.approx(max(values))
        shorter += len(search.best.picks) < 6
    assert shorter > 10


def test_kept_rows_may_be_close_and_count_in_the_diversity() -> None:
    X = np.array([[0.0], [0.1], [5], [9], [9.5]])
    search = make(X, np.zeros(5), 1.0, 4, fill=True, keep=[0, 1])
    search.search(geometric_thresholds(9.5, 0.05))
    assert search.best.diversity == pytest.approx(0.1)
    assert search.best.spread >= 4
    assert sorted(search.best.picks.tolist()) in ([0, 1, 2, 3], [0, 1, 2, 4])


def test_a_set_in_cost_is_full_near_what_the_best_rows_spend() -> None:
    X = np.arange(10.0)[:, None]
    pool = Pool.from_array(X, signals={"tokens": np.ones(10)})
    limits = Budget(cost=4).resolve(pool)
    search = Separation(X, Weights(np.linspace(1, 0.5, 10)), 1.0, 9.0, limits)
    search.search(geometric_thresholds(9.0, 0.05))
    assert len(search.best.picks) == 4
    assert search.best.diversity == 3


def test_refining_finds_a_set_that_the_grid_steps_over() -> None:
    # Threshold 4 takes 0 and 4, threshold 5 leaves no third row; 4.5 takes 0, 4.6 and 9.3.
    X = np.array([[0.0], [4.0], [4.6], [9.3]])
    utility = np.array([3.0, 2.9, 2.9, 1.0])
    search = make(X, utility, 1.0, 3, fill=True)
    search.search(np.array([4.0, 5.0]))
    assert search.best.picks.tolist() == [0, 1, 3]
    search.refine(0.25)
    assert search.best.picks.tolist() == [0, 2, 3]
    assert search.best.diversity == pytest.approx(4.6)
