from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import BudgetError, ParameterError
from cribble.objectives.dispersion import DisparitySum
from cribble.objectives.graph_cut import GraphCut
from cribble.optimizers.double_greedy import double_greedy
from cribble.optimizers.registry import OPTIMIZERS, UNLIMITED, optimize
from cribble.selectors.diversity.graph_cut import GraphCut as GraphCutMethod


class DirectedCut:
    """The weight of the edges that leave S: submodular, never negative, lowered by most rows."""

    monotone, submodular = False, True

    def __init__(self, weights: np.ndarray) -> None:
        self.weights, self.size = weights * (1 - np.eye(len(weights))), len(weights)
        self.reset()

    def reset(self) -> None:
        self.inside, self.value = np.zeros(self.size, dtype=bool), 0.0

    def gains(self, rows: np.ndarray) -> np.ndarray:
        leaving = self.weights[rows] @ ~self.inside
        return leaving - self.weights[self.inside][:, rows].sum(axis=0)

    def bounds(self) -> np.ndarray:
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        gain = float(self.gains(np.array([row]))[0])
        self.inside[row] = True
        self.value += gain
        return gain


def limits(n: int, **rest):
    pool = Pool(n, signals={"tokens": np.ones(n)}, groups={"g": np.arange(n) % 2})
    return Budget(cost=n, **rest).resolve(pool)


def values(objective, n: int, keep=(), drop=()) -> list[float]:
    """The value of every set that holds the kept rows and none of the dropped ones."""
    free = sorted(set(range(n)) - set(keep) - set(drop))
    found = []
    for size in range(len(free) + 1):
        for rows in combinations(free, size):
            objective.reset()
            for row in (*keep, *rows):
                objective.add(row)
            found.append(objective.value)
    objective.reset()
    return found


def draw(seed: int, n: int):
    rng = np.random.default_rng(seed)
    if seed % 2:
        return DirectedCut(np.round(rng.exponential(1, (n, n)) * (rng.random((n, n)) < 0.5), 2))
    X = np.abs(rng.standard_normal((n, 3))) * rng.uniform(0.2, 3, (n, 1))
    return GraphCut(X, lam=float(rng.uniform(0.5, 1)), scale=1.0, shift=0)


def test_a_third_of_the_optimum_and_a_certificate_above_it() -> None:
    ratios, tight = [], []
    for seed in range(240):
        n = 4 + seed % 4
        objective = draw(seed, n)
        all_values = values(objective, n)
        run = double_greedy(objective, limits(n))
        assert run.value == pytest.approx(objective.value)
        assert run.gains.sum() == pytest.approx(run.value, abs=1e-9)
        # The proof gives what none and all of the rows are worth on top.
        assert 3 * run.value >= max(all_values) + all_values[0] + all_values[-1] - 1e-9
        assert run.value <= max(all_values) + 1e-9
        assert run.upper_bound >= max(all_values) - 1e-9
        ratios.append(run.value / max(all_values))
        tight.append(max(all_values) / run.upper_bound)
    assert min(ratios) < 1
    assert np.mean(tight) > 0.6


def test_half_of_the_optimum_on_average_over_seeds() -> None:
    for case in range(200):
        n = 4 + case % 2
        objective = draw(case, n)
        all_values = values(objective, n)
        drawn = []
        for seed in range(10):
            objective.reset()
            run = double_greedy(objective, limits(n), seed=seed)
            assert run.upper_bound >= max(all_values) - 1e-9
            drawn.append(run.value)
        floor = (max(all_values) + (all_values[0] + all_values[-1]) / 2) / 2
        assert np.mean(drawn) >= floor - 3 * np.std(drawn) / np.sqrt(10) - 1e-9


def test_rows_are_kept_and_dropped() -> None:
    for seed in range(60):
        objective = draw(seed, 7)
        all_values = values(objective, 7, keep=(2, 5), drop=(0,))
        run = double_greedy(objective, limits(7, keep=[2, 5], drop=[0]))
        picks = run.indices.tolist()
        assert picks[:2] == [2, 5]
        assert 0 not in picks
        assert max(all_values) <= run.upper_bound + 1e-9
        assert 3 * run.value >= max(all_values) + all_values[0] + all_values[-1] - 1e-9


def test_taking_rows_out_undoes_adding_them() -> None:
    X = np.abs(np.random.default_rng(0).standard_normal((6, 3)))
    objective = GraphCut(X, lam=0.8, scale=1.0, shift=0)
    twin = objective.twin()
    objective.add(4)
    assert twin.value == 0
    for row in (0, 3, 5):
        twin.add(row)
    before = twin.value
    assert twin.remove(3) == pytest.approx(twin.value - before)
    other = objective.twin()
    for row in (0, 5):
        other.add(row)
    assert twin.value == pytest.approx(other.value)
    rows = np.array([1, 2, 3])
    np.testing.assert_allclose(twin.gains(rows), other.gains(rows))


@pytest.mark.parametrize("name", UNLIMITED)
def test_limits_that_could_bind_are_refused(name: str) -> None:
    pool = Pool(6, signals={"tokens": np.ones(6)}, groups={"g": np.arange(6) % 2})
    objective = draw(0, 6)
    for budget in (
        Budget(rows=3),
        Budget(cost=5),
        Budget(cost=9, at_most={"g": {"0": 1}}),
        Budget(cost=9, at_least={"g": {"0": 1}}),
    ):
        with pytest.raises(BudgetError, match="random-greedy"):
            optimize(objective, budget.resolve(pool), name)
    with pytest.raises(ParameterError, match="submodular"):
        optimize(DisparitySum(np.ones((6, 1))), limits(6), name)


@pytest.mark.parametrize("name", UNLIMITED)
def test_graph_cut_finds_the_number_of_rows_itself(name: str) -> None:
    X = np.random.default_rng(0).standard_normal((200, 3))
    pool = Pool.from_array(X, signals={"tokens": np.ones(200)})
    chosen = GraphCutMethod(lam=1.0, optimizer=name).select(pool, Budget(cost=200), 3)
    assert 0 < len(chosen) < 200
    assert 1 / 3 <= chosen.certified <= 1
    greedy = GraphCutMethod(lam=1.0).select(pool, Budget(cost=200))
    assert chosen.value > 0.9 * greedy.value
    assert greedy.upper_bound is None
    assert name not in OPTIMIZERS
