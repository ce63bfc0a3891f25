"""Matroids against their definitions, and greedy within them against the optimum."""

from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.constraints.matroid import Graphic, Laminar, Matroid, MatroidAdmission, Transversal
from cribble.core import Budget, Pool
from cribble.core.errors import BudgetError, ParameterError, QuotaError
from cribble.optimizers.greedy import greedy
from cribble.optimizers.lazy import lazy
from cribble.optimizers.stochastic import stochastic
from cribble.optimizers.threshold import threshold
from oracles.coverage import Coverage, coverage

N = 8
Independent = Callable[[tuple[int, ...]], bool]


def partition(rng: np.random.Generator) -> tuple[Matroid, Independent]:
    codes, most = rng.integers(0, 3, N), rng.integers(0, 3, 3)
    sets = codes == np.arange(3)[:, None]
    return Laminar(sets, most), lambda rows: (
        np.bincount(codes[list(rows)], minlength=3) <= most
    ).all()


def laminar(rng: np.random.Generator) -> tuple[Matroid, Independent]:
    codes = rng.integers(0, 4, N)
    sets = np.array([codes == 0, codes == 1, codes < 2, codes < 3])
    most = np.array([1, 2, 2, 3])
    return Laminar(sets, most), lambda rows: (sets[:, list(rows)].sum(axis=1) <= most).all()


def graphic(rng: np.random.Generator) -> tuple[Matroid, Independent]:
    edges = rng.integers(0, 5, (N, 2))

    def is_forest(rows: tuple[int, ...]) -> bool:
        # A forest has as many trees as nodes less edges: the rank of its incidence matrix.
        incidence = np.zeros((len(rows), 5))
        for line, row in zip(incidence, rows, strict=True):
            line[edges[row, 0]] += 1
            line[edges[row, 1]] -= 1
        return not rows or np.linalg.matrix_rank(incidence) == len(rows)

    return Graphic(edges), is_forest


def transversal(rng: np.random.Generator) -> tuple[Matroid, Independent]:
    suits = rng.random((N, 4)) < 0.4
    return Transversal(suits), lambda rows: any(
        all(suits[row, slot] for row, slot in zip(rows, slots, strict=True))
        for slots in permutations(range(4), len(rows))
    )


KINDS = {"partition": partition, "laminar": laminar, "graphic": graphic, "transversal": transversal}


@pytest.mark.parametrize("kind", KINDS)
def test_open_rows_are_those_that_the_definition_lets_join(kind: str) -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        matroid, independent = KINDS[kind](rng)
        picks: tuple[int, ...] = ()
        while True:
            expected = [row for row in range(N) if row not in picks and independent((*picks, row))]
            assert np.nonzero(matroid.open_rows())[0].tolist() == expected
            if not expected:
                break
            row = int(rng.choice(expected))
            matroid.add(row)
            picks = (*picks, row)
        matroid.reset()
        assert matroid.open_rows().tolist() == [independent((row,)) for row in range(N)]


WALKS = {"greedy": (greedy, 0.5), "lazy": (lazy, 0.5), "threshold": (threshold, 0.4)}


def best_of(objective: Coverage, independent: Independent, rows: int, keep: set[int]) -> float:
    sets = [one for one in combinations(range(N), rows) if keep <= set(one) and independent(one)]
    return max(objective.of(one) for one in sets)


@pytest.mark.parametrize("name", WALKS)
@pytest.mark.parametrize("kind", KINDS)
def test_greedy_in_a_matroid_reaches_half_of_the_optimum_and_certifies_it(
    kind: str, name: str
) -> None:
    walk, share = WALKS[name]
    tried, ratios = 0, []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        matroid, independent = KINDS[kind](rng)
        objective = coverage(seed, n=N)
        budget = Budget(rows=int(rng.integers(0, 4)), drop=[0], keep=[5] if seed % 3 == 0 else [])
        try:
            admission = MatroidAdmission(budget.resolve(Pool(N)), matroid)
        except (BudgetError, QuotaError):
            rest = set(range(1, N))
            sets = [set(one) for one in combinations(rest, budget.rows) if independent(one)]
            assert not any(set(budget.keep) <= one for one in sets)
            continue
        run = walk(objective, admission)
        picks = tuple(run.indices.tolist())
        assert independent(picks)
        assert len(picks) == budget.rows
        assert 0 not in picks
        objective.table = objective.table.copy()
        objective.table[0] = False
        best = best_of(
            objective, lambda s, i=independent: 0 not in s and i(s), budget.rows, {*budget.keep}
        )
        assert share * best <= run.value <= best <= run.upper_bound
        tried += 1
        ratios.append(run.value / best if best else 1.0)
    assert tried >= 100
    assert np.mean(ratios) > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_lazy_picks_what_greedy_picks(kind: str) -> None:
    for seed in range(60):
        objective, runs = coverage(seed, n=N), []
        _, independent = KINDS[kind](np.random.default_rng(seed))
        rank = max(k for k in range(5) if any(map(independent, combinations(range(N), k))))
        for walk in (greedy, lazy, lambda o, a: stochastic(o, a, eps=1e-9)):
            matroid, _ = KINDS[kind](np.random.default_rng(seed))
            objective.reset()
            limits = Budget(rows=rank).resolve(Pool(N))
            runs.append(walk(objective, MatroidAdmission(limits, matroid)).indices.tolist())
        assert runs[0] == runs[1] == runs[2]


def test_rows_in_order_join_while_they_can() -> None:
    cycle = Graphic(np.array([[0, 1], [1, 2], [2, 0], [2, 3]]))
    admission = MatroidAdmission(Budget(rows=3).resolve(Pool(4)), cycle)
    assert admission.add_in_order(np.arange(4)).tolist() == [0, 1, 3]
    free = Laminar(np.ones((1, 4), dtype=bool), [4])
    plain = Admission(Budget(rows=2, drop=[1]).resolve(Pool(4))).add_in_order(np.arange(4))
    within = MatroidAdmission(Budget(rows=2, drop=[1]).resolve(Pool(4)), free)
    assert within.add_in_order(np.arange(4)).tolist() == plain.tolist()


def test_what_cannot_hold_is_refused() -> None:
    pool = Pool(3, signals={"tokens": np.ones(3)}, groups={"g": ["a", "a", "b"]})
    cycle = Graphic(np.array([[0, 1], [1, 2], [2, 0]]))
    with pytest.raises(BudgetError, match="allows 2"):
        MatroidAdmission(Budget(rows=3).resolve(pool), cycle)
    with pytest.raises(BudgetError, match="matroid is given"):
        MatroidAdmission(Budget(cost=3).resolve(pool), cycle)
    with pytest.raises(QuotaError, match="row 2 kept"):
        MatroidAdmission(Budget(rows=3, keep=[0, 1, 2]).resolve(pool), cycle)
    with pytest.raises(QuotaError, match="group limits"):
        MatroidAdmission(Budget(rows=1, at_most={"g": {"a": 1}}).resolve(pool), cycle)
    with pytest.raises(ParameterError, match="over 3"):
        MatroidAdmission(Budget(rows=1).resolve(pool), Graphic(np.zeros((2, 2))))
    with pytest.raises(ParameterError, match="crossing"):
        Laminar(np.array([[1, 1, 0], [0, 1, 1]]), [1, 1])
    with pytest.raises(ParameterError, match="one number a set"):
        Laminar(np.ones((1, 3), dtype=bool), [-1])
