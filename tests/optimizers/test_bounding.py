from itertools import combinations

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import BudgetError
from cribble.kernels.lists import Lists
from cribble.objectives.listed_pairs import ListedPairs
from cribble.optimizers.bounding import bounded, decide
from cribble.optimizers.knapsack import maximize

N, K = 11, 4


def pairs(seed: int, n: int = N) -> tuple[ListedPairs, np.ndarray, np.ndarray]:
    """Draw scores and a graph of few near pairs; integers make ties common and sums exact."""
    rng = np.random.default_rng(seed)
    table = np.triu(rng.integers(1, 4, (n, n)) * (rng.random((n, n)) < 0.15), 1).astype(np.float32)
    table = table + table.T
    scores = rng.integers(0, 30, n).astype(np.float64)
    start = np.concatenate([[0], np.cumsum((table > 0).sum(axis=1))])
    rows = np.nonzero(table)[1].astype(np.int32)
    return ListedPairs(scores, Lists(start, rows, table[table > 0])), scores, table


@pytest.mark.parametrize("kept", [False, True])
def test_every_best_set_holds_what_is_kept_and_lacks_what_is_dropped(kept: bool) -> None:
    decided, full = [], 0
    for seed in range(200):
        objective, scores, table = pairs(seed)
        budget = Budget(rows=K, keep=[3], drop=[7]) if kept else Budget(rows=K)
        limits = budget.resolve(Pool(N))
        values = {
            rows: float(scores[list(rows)].sum() - table[np.ix_(rows, rows)].sum() / 2)
            for rows in combinations(range(N), K)
            if not kept or (3 in rows and 7 not in rows)
        }
        best = max(values.values())
        found = decide(objective, limits)
        for rows, value in values.items():
            if value == best:
                assert set(found.keep.tolist()) <= set(rows)
                assert not found.drop[list(rows)].any()
        run = bounded(objective, limits)
        assert run.indices[: len(limits.keep)].tolist() == limits.keep.tolist()
        assert run.value == values[tuple(sorted(run.indices.tolist()))] == objective.value
        assert run.value <= best <= run.upper_bound <= found.upper_bound + 1e-9
        objective.reset()
        parts, rounds = ((1, 3), (2, 1), (3, 2), (5, 4))[seed % 4]
        other = bounded(objective, limits, parts=parts, rounds=rounds, seed=seed)
        picks = other.indices.tolist()
        assert len(set(picks)) == K
        assert set(found.keep.tolist()) <= set(picks)
        assert not found.drop[picks].any()
        assert other.value == values[tuple(sorted(picks))] <= best <= other.upper_bound
        assert parts > 1 or picks == run.indices.tolist()
        decided.append(len(found.keep) + int(found.drop.sum()))
        full += run.value == best
    assert np.mean(decided) > N / 2
    assert full > 160


def test_in_a_large_pool_with_few_near_pairs_nearly_everything_is_decided() -> None:
    n = 3_000
    rng = np.random.default_rng(0)
    near = np.unique(np.sort(rng.integers(0, n, (n, 2)), axis=1), axis=0)
    near = near[near[:, 0] != near[:, 1]]
    both = np.concatenate([near, near[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    start = np.searchsorted(both[:, 0], np.arange(n + 1))
    lists = Lists(start, both[:, 1].astype(np.int32), np.full(len(both), 0.02, dtype=np.float32))
    objective = ListedPairs(rng.random(n), lists)
    limits = Budget(rows=300).resolve(Pool(n))
    found = decide(objective, limits)
    assert len(found.keep) + found.drop.sum() > 0.9 * n
    run = bounded(objective, limits)
    assert run.value >= 0.999 * run.upper_bound
    objective.reset()
    plain = maximize(objective, limits)
    assert plain.upper_bound is None
    assert plain.value <= run.upper_bound


def test_limits_that_the_rule_is_not_right_for_are_refused() -> None:
    objective, _, _ = pairs(0)
    pool = Pool(N, signals={"tokens": np.ones(N)}, groups={"g": ["a", "b", "c"] * 3 + ["a", "b"]})
    for budget in (Budget(cost=3), Budget(rows=3, at_most={"g": {"a": 1}})):
        with pytest.raises(BudgetError, match="without group limits"):
            decide(objective, budget.resolve(pool))
