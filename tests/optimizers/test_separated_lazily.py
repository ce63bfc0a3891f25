"""Separated sets of a submodular objective: against every set, and against plain walks."""

from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.kernels.reference.separation import distances
from cribble.objectives.dispersion import DisparitySum
from cribble.objectives.modular import Modular
from cribble.optimizers.separated import Separation, geometric_thresholds
from cribble.optimizers.separated_lazily import Lazily
from cribble.optimizers.separated_weights import Weights
from oracles.objectives import CASES

MONOTONE = ("max coverage", "probabilistic coverage", "sqrt of sums", "saturated coverage")


def draw(seed: int, n: int | None = None):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 10)) if n is None else n
    objective, definition = CASES[MONOTONE[seed % len(MONOTONE)]](rng, n)
    X, k = rng.standard_normal((n, 2)), int(rng.integers(1, 5))
    return X, objective, definition, float(rng.choice([0.1, 0.5, 1.0, 3.0])), k


def make(X, objective, balance: float, k: int, fill: bool, **limits) -> Separation:
    bounds = Budget(rows=k, **limits).resolve(Pool.from_array(X))
    return Separation(X, Lazily(objective), balance, float(distances(X).max()), bounds, fill=fill)


def value(table: np.ndarray, definition, balance: float, picks: tuple[int, ...]) -> float:
    inside = table[np.ix_(picks, picks)][np.triu_indices(len(picks), 1)]
    return definition(picks) + balance * inside.min(initial=table.max())


def test_it_reaches_half_of_the_optimum_less_eps() -> None:
    ratios = []
    for seed in range(240):
        X, objective, definition, balance, k = draw(seed)
        table = distances(X)
        best = max(
            value(table, definition, balance, picks)
            for size in range(1, k + 1)
            for picks in combinations(range(len(X)), size)
        )
        search = make(X, objective, balance, k, fill=False)
        search.search(geometric_thresholds(search.diameter, 0.1))
        first, second = np.unravel_index(table.argmax(), table.shape)
        search.try_pair(int(first), int(second), float(table.max()))
        found = search.best
        assert found.value == pytest.approx(
            value(table, definition, balance, tuple(found.picks.tolist()))
        )
        assert (1 / 2 - 0.1) * best <= found.value <= best + 1e-9
        ratios.append(found.value / best)
    assert min(ratios) < 1
    assert np.mean(ratios) > 0.95


def plain_walk(table, definition, threshold: float, k: int) -> list[int]:
    picks: list[int] = []
    while len(picks) < k:
        free = [
            row
            for row in range(len(table))
            if row not in picks and (table[row, picks] >= threshold).all()
        ]
        if not free:
            break
        gains = [round(definition((*picks, row)) - definition(tuple(picks)), 9) for row in free]
        picks.append(free[int(np.argmax(gains))])
    return picks


def test_a_walk_adds_the_row_of_largest_gain_that_keeps_its_distance() -> None:
    for seed in range(60):
        X, objective, definition, _, _ = draw(seed, n=14)
        table = distances(X)
        for threshold in (0.0, 0.3, 0.8, 1.6):
            # Without weight on the distance no walk is given up.
            search = make(X, objective, 0.0, 5, fill=False)
            found = search._walk(threshold)
            assert found.picks.tolist() == plain_walk(table, definition, threshold, 5)
            assert found.utility == pytest.approx(definition(tuple(found.picks.tolist())))


def test_greedy_takes_the_row_after_which_the_value_is_largest() -> None:
    for seed in range(40):
        X, objective, definition, balance, k = draw(seed, n=10)
        table = distances(X)
        picks: tuple[int, ...] = ()
        for _ in range(k):
            after = {
                row: round(value(table, definition, balance, (*picks, row)), 9)
                for row in set(range(10)) - set(picks)
            }
            picks = (*picks, max(after, key=lambda row: (after[row], -row)))
        search = make(X, objective, balance, k, fill=True)
        search.try_greedy()
        assert search.table[0].picks.tolist() == list(picks)


def test_what_is_skipped_could_not_have_won() -> None:
    for seed in range(40):
        X, objective, _, balance, k = draw(seed, n=25)
        grid = geometric_thresholds(float(distances(X).max()), 0.1)
        search = make(X, objective, balance, k, fill=True)
        search.search(grid)
        alone = [make(X, objective, balance, k, fill=False)._walk(one) for one in (0.0, *grid)]
        best = max(one.value for one in alone if one.full)
        assert search.best.value == pytest.approx(best, rel=1e-8)


def test_a_sum_of_weights_is_the_linear_case() -> None:
    for seed in range(20):
        X, _, _, balance, k = draw(seed, n=30)
        scores = np.random.default_rng(seed).random(30)
        grid = geometric_thresholds(float(distances(X).max()), 0.1)
        one = make(X, Modular(scores), balance, k, fill=True, keep=[3][: k - 1])
        other = Separation(X, Weights(scores), balance, one.diameter, one.limits)
        for search in (one, other):
            search.search(grid)
            search.try_greedy()
        assert one.best.picks.tolist() == other.best.picks.tolist()
        assert one.best.value == pytest.approx(other.best.value)


def test_gains_that_may_rise_are_refused() -> None:
    with pytest.raises(ParameterError, match="submodular"):
        Lazily(DisparitySum(np.eye(4), "euclidean"))
