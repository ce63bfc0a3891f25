import pickle

import numpy as np
import pytest

from cribble.core.errors import ParameterError
from cribble.objectives.streamed import OnRows, StreamedFeatures
from cribble.optimizers.dynamic import Dynamic
from oracles.streamed import NAMES, Case


class _Rows:
    def __init__(self, X: np.ndarray) -> None:
        self.X, self.asked = X, 0

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        self.asked += len(ids)
        return self.X[ids]


def _expect_levels(case: Case, dynamic: Dynamic, alive: set[int]) -> None:
    """Every level is exactly the rows that gain its threshold after the picks before it."""
    for one in filter(lambda one: one.levels, dynamic._guesses.values()):
        rest, objective = set(one.levels[0]), OnRows(case.function, case.X)
        assert rest <= alive
        for pick, level in zip(one.picks, one.levels, strict=True):
            gains = objective.gains(np.array(sorted(rest)))
            reached = {
                row for row, gain in zip(sorted(rest), gains, strict=True) if gain >= one.threshold
            }
            assert set(level) == reached
            objective.add(pick)
            rest = reached - {pick}
        assert objective.value == pytest.approx(sum(one.gains))
        if len(one.picks) < dynamic.count and rest:
            assert (objective.gains(np.array(sorted(rest))) < one.threshold).all()


@pytest.mark.parametrize("name", NAMES)
def test_after_each_of_many_operations_the_value_is_its_share_of_the_optimum(name: str) -> None:
    checked, missed = 0, 0
    for seed in range(14):
        rng = np.random.default_rng(seed)
        case, count, eps = Case(seed, name, n=12), 2 + seed % 2, (0.1, 0.5)[seed % 2]
        dynamic = Dynamic(case.function, _Rows(case.X), count, eps=eps, seed=seed)
        alive: set[int] = set()
        for _ in range(24):
            if seed % 4 == 3 and len(alive) > 6:
                # Who deletes looks at the picks: the promise holds all the same.
                gone = dynamic.result().indices.tolist()
                dynamic.delete(gone)
                alive -= set(gone)
            elif alive and (len(alive) > 8 or rng.random() < 0.4):
                row = int(rng.choice(sorted(alive)))
                dynamic.delete([row])
                alive.remove(row)
            else:
                row = int(rng.choice(sorted(set(range(12)) - alive)))
                dynamic.insert([row])
                alive.add(row)
            _expect_levels(case, dynamic, alive)
            best = case.optimum(count, sorted(alive))
            found = max((sum(one.gains) for one in dynamic._guesses.values()), default=0.0)
            slack = 1e-5 + 1e-6 * best
            assert found >= best / (2 * (1 + eps)) - slack
            run = dynamic.result()
            assert set(run.indices.tolist()) <= alive
            assert len(set(run.indices.tolist())) == min(count, len(alive)) == len(run.indices)
            assert found - slack <= case.value(run.indices) <= best + slack
            checked, missed = checked + 1, missed + (found < 0.95 * best)
    assert checked > 200
    assert missed > 0


def test_the_pick_of_a_level_is_uniform_however_the_rows_came() -> None:
    X = np.eye(6)
    counts = np.zeros(6)
    for seed in range(300):
        dynamic = Dynamic(StreamedFeatures(6), X.__getitem__, 1, eps=1.0, seed=seed)
        dynamic.insert(np.arange(5))
        dynamic.delete([1, 3])
        dynamic.insert([5, 3])
        (pick,) = next(iter(dynamic._guesses.values())).picks
        counts[pick] += 1
    assert counts[1] == 0
    # Five standard deviations of a binomial count.
    expected = 300 / 5
    assert np.abs(counts[[0, 2, 3, 4, 5]] - expected).max() < 5 * np.sqrt(expected * 0.8)


def test_an_update_costs_the_same_in_a_larger_pool() -> None:
    spent = {}
    for n in (150, 600):
        case = Case(1, "facility-location", n=n)
        rows = _Rows(case.X)
        dynamic = Dynamic(case.function, rows, 5, seed=1)
        dynamic.insert(np.arange(n - 30))
        rows.asked = 0
        for row in range(n - 30, n):
            dynamic.insert([row])
            dynamic.delete([row - n // 2])
        spent[n] = rows.asked
    assert spent[600] < 2 * spent[150]


def test_updates_go_on_from_a_file_and_the_seed_repeats_them() -> None:
    case = Case(2, "log-det", n=80)
    fetch = _Rows(case.X)
    one, other = (Dynamic(case.function, fetch, 6, seed=3) for _ in range(2))
    one.insert(np.arange(60))
    other.insert(np.arange(60))
    other = pickle.loads(pickle.dumps(other))
    for dynamic in (one, other):
        dynamic.delete(np.arange(0, 40, 3))
        dynamic.insert(np.arange(60, 80))
    assert len(one) == 80 - 14
    assert one.result().indices.tolist() == other.result().indices.tolist()


def test_rows_come_and_go_once() -> None:
    dynamic = Dynamic(StreamedFeatures(3), np.zeros((9, 3)).__getitem__, 4)
    dynamic.insert([1, 2, 3, 5, 7])
    assert dynamic.result().indices.tolist() == [1, 2, 3, 5]
    dynamic.delete([2])
    assert 2 not in dynamic
    for operation, rows in ((dynamic.insert, [0, 1]), (dynamic.delete, [1, 2])):
        with pytest.raises(ParameterError):
            operation(rows)
        assert len(dynamic) == 4
    for given in ({"eps": 0.0}, {"count": 0}):
        with pytest.raises(ParameterError):
            Dynamic(StreamedFeatures(3), np.eye(3).__getitem__, **{"count": 2, **given})
