"""Every objective against its definition, over all subsets of small pools.

An objective joins by one line of `CASES`: a function of a generator and a number of rows that
makes the objective and its definition, a function of a tuple of rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from cribble.core.errors import ParameterError
from cribble.kernels.lists import Lists
from cribble.objectives import Objective
from cribble.objectives.concave import SHAPES, ConcaveOverSums
from cribble.objectives.coverage import max_coverage, probabilistic_coverage, saturated_coverage
from cribble.objectives.graph_cut import GraphCut
from cribble.objectives.log_determinant import LogDeterminant
from cribble.objectives.mixture import Mixture
from cribble.objectives.modular import Modular

ROWS = 6
Rows = tuple[int, ...]
Case = tuple[Objective, Callable[[Rows], float]]


def lists(table: np.ndarray) -> Lists:
    start = np.concatenate([[0], np.cumsum((table > 0).sum(axis=1))])
    return Lists(start, np.nonzero(table)[1].astype(np.int32), table[table > 0])


def concave(shape: str, *, listed: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        features = rng.random((n, 5)) * (rng.random((n, 5)) < 0.7)
        weights, caps = rng.random(5), rng.random(5)
        kind = {
            "sqrt": np.sqrt,
            "log": lambda x: np.log(1 + x),
            "ratio": lambda x: x / (1 + x),
            "cap": lambda x: np.minimum(x, caps),
            "saturation": lambda x: 1 - np.exp(-x),
            "power": lambda x: (x + 1e-6) ** 0.8 - 1e-6**0.8,
        }[shape]
        given = lists(features) if listed else features
        made = ConcaveOverSums(given, shape, weights=weights, caps=caps, width=5)
        return made, lambda rows: float(weights @ kind(features[list(rows)].sum(axis=0)))

    return make


def saturated(*, listed: bool):
    def make(rng: np.random.Generator, n: int) -> Case:
        table = rng.random((n, 4))
        most = 0.3 * table.sum(axis=0)
        made = saturated_coverage(lists(table) if listed else table, 0.3, targets=4)
        return made, lambda rows: float(np.minimum(table[list(rows)].sum(axis=0), most).sum())

    return make


def covered(enough: float):
    def make(rng: np.random.Generator, n: int) -> Case:
        members, weights = (rng.random((n, 8)) < 0.4) * 1.0, rng.random(8)

        def value(rows: Rows) -> float:
            return float(weights @ np.minimum(members[list(rows)].sum(axis=0), enough))

        return max_coverage(lists(members), weights, enough=enough, elements=8), value

    return make


def probable(rng: np.random.Generator, n: int) -> Case:
    chances, weights = rng.random((n, 5)), rng.random(5)
    chances[0, 0] = 1.0

    def value(rows: Rows) -> float:
        return float(weights @ (1 - np.prod(1 - chances[list(rows)], axis=0)))

    return probabilistic_coverage(chances, weights), value


def graph_cut(lam: float, shift: int):
    def make(rng: np.random.Generator, n: int) -> Case:
        points = rng.standard_normal((n, 3)) if shift else rng.random((n, 3))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        table = 0.5 * (points @ points.T + shift)

        def value(rows: Rows) -> float:
            some = list(rows)
            return float(table[:, some].sum() - lam * table[np.ix_(some, some)].sum())

        return GraphCut(points, lam, shift=shift), value

    return make


def log_determinant(ridge: float):
    def make(rng: np.random.Generator, n: int) -> Case:
        factor = rng.standard_normal((n, 3 if ridge else n + 2))
        kernel = factor @ factor.T / (ridge or 1.0) + (np.eye(n) if ridge else 0.0)

        def value(rows: Rows) -> float:
            return float(np.linalg.slogdet(kernel[np.ix_(list(rows), list(rows))])[1])

        return LogDeterminant(factor, ridge), value

    return make


def modular(rng: np.random.Generator, n: int) -> Case:
    scores = rng.standard_normal(n)
    return Modular(scores), lambda rows: float(scores[list(rows)].sum())


def mixture(rng: np.random.Generator, n: int) -> Case:
    pairs = [make(rng, n) for make in (saturated(listed=False), graph_cut(0.7, 1), modular)]
    weights = [0.5, 0.0, 2.0]

    def value(rows: Rows) -> float:
        return sum(w * f(rows) for w, (_, f) in zip(weights, pairs, strict=True))

    return Mixture([objective for objective, _ in pairs], weights), value


CASES: dict[str, Callable[[np.random.Generator, int], Case]] = {
    **{f"{shape} of sums": concave(shape, listed=False) for shape in SHAPES},
    **{f"{shape} of listed sums": concave(shape, listed=True) for shape in SHAPES},
    "saturated coverage": saturated(listed=False),
    "listed saturated coverage": saturated(listed=True),
    "max coverage": covered(1.0),
    "max coverage twice": covered(2.0),
    "probabilistic coverage": probable,
    "graph cut": graph_cut(0.4, 1),
    "graph cut of a large lambda": graph_cut(0.9, 1),
    "graph cut of features": graph_cut(0.5, 0),
    "log determinant": log_determinant(0.0),
    "log determinant with a ridge": log_determinant(0.1),
    "modular": modular,
    "mixture": mixture,
}

NOT_MONOTONE = {"graph cut of a large lambda", "log determinant", "modular", "mixture"}
NOT_SUBMODULAR: set[str] = set()


def all_gains(objective: Objective, value: Callable[[Rows], float], n: int):
    """Check the memo against the definition at every subset; gains by subset, NaN where picked."""
    table = {}
    for size in range(n + 1):
        for rows in itertools.combinations(range(n), size):
            objective.reset()
            added = sum(objective.add(row) for row in reversed(rows))
            assert objective.value == pytest.approx(value(rows), abs=1e-9)
            assert added == pytest.approx(objective.value, abs=1e-9)
            rest = np.array([row for row in range(n) if row not in rows], dtype=np.int64)
            gains = np.full(n, np.nan)
            gains[rest] = objective.gains(rest)
            rises = [value((*rows, row)) - value(rows) for row in rest.tolist()]
            np.testing.assert_allclose(gains[rest], rises, rtol=0, atol=1e-9)
            alone = [objective.gains(np.array([row]))[0] for row in rest.tolist()]
            assert gains[rest].tolist() == alone, "a gain depends on the rows asked beside it"
            assert (objective.bounds()[rest] >= gains[rest] - 1e-12).all()
            table[frozenset(rows)] = gains
    return table


@pytest.mark.parametrize("name", CASES)
def test_an_objective_equals_its_definition_and_keeps_its_promises(name: str) -> None:
    falls, rises = [], []
    for seed in range(4):
        objective, value = CASES[name](np.random.default_rng((seed, len(name))), ROWS)
        table = all_gains(objective, value, ROWS)
        falls += [-np.nanmin(gains) for rows, gains in table.items() if len(rows) < ROWS]
        for rows, gains in table.items():
            for row in rows:
                later = gains - table[rows - {row}]
                rises += later[~np.isnan(later)].tolist()
    assert objective.monotone == (name not in NOT_MONOTONE)
    assert objective.submodular == (name not in NOT_SUBMODULAR)
    # A promise that is not made must be one that would be broken.
    assert (max(falls) <= 1e-9) == objective.monotone
    assert (max(rises) <= 1e-9) == objective.submodular


@pytest.mark.parametrize(
    "make",
    [
        lambda: GraphCut(np.array([[1.0, 0.0], [-1.0, 0.0]]), shift=0),
        lambda: GraphCut(np.array([[2.0, 0.0]])),
        lambda: saturated_coverage(np.array([[0.5, -0.1]])),
        lambda: ConcaveOverSums(np.array([[0.5, -0.1]])),
        lambda: ConcaveOverSums(np.array([[np.nan]])),
        lambda: ConcaveOverSums(np.ones((1, 1)), weights=np.array([-1.0])),
        lambda: probabilistic_coverage(np.array([[1.5]])),
        lambda: Mixture([Modular(np.ones(2))], [-1.0]),
        lambda: Mixture([Modular(np.ones(2)), Modular(np.ones(3))], [1.0, 1.0]),
        lambda: LogDeterminant(np.ones((1, 1)), ridge=-1.0),
    ],
)
def test_what_would_break_a_promise_is_refused(make: Callable[[], Objective]) -> None:
    with pytest.raises(ParameterError):
        make()


def test_a_row_in_the_span_of_the_picks_adds_the_least_there_is() -> None:
    factor = np.array([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    objective = LogDeterminant(factor)
    assert objective.add(0) + objective.add(1) == pytest.approx(np.log(4.0))
    assert objective.gains(np.array([2]))[0] == pytest.approx(np.log(4e-10))
    objective.add(2)
    assert objective.rank == 2
