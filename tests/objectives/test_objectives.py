"""Every objective against its definition, over all subsets of small pools.

Each case of `oracles.objectives.CASES` is drawn `DRAWS` times, over 4 to 8 rows.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable

import numpy as np
import pytest

import cribble.objectives
from cribble.constraints import Admission
from cribble.core import Budget, Pool
from cribble.core.errors import ParameterError
from cribble.objectives import Objective
from cribble.objectives.base import Removing
from cribble.objectives.concave import ConcaveOverSums
from cribble.objectives.conditional_gain import (
    facility_location_conditional_gain,
    facility_location_conditional_information,
    graph_cut_conditional_gain,
    log_det_conditional_gain,
)
from cribble.objectives.coverage import probabilistic_coverage, saturated_coverage
from cribble.objectives.dispersion import DisparityMin, DisparitySum
from cribble.objectives.facility_location import Affinity, FacilityLocation
from cribble.objectives.graph_cut import GraphCut
from cribble.objectives.hypervolume import Hypervolume
from cribble.objectives.listed_pairs import ListedPairs
from cribble.objectives.log_determinant import LogDeterminant, WindowedLogDeterminant
from cribble.objectives.marginal_relevance import MarginalRelevance
from cribble.objectives.mixture import Mixture
from cribble.objectives.modular import Modular
from cribble.objectives.mutual_information import (
    LogDetInformation,
    concave_over_modular_information,
    facility_location_information,
    facility_location_query_information,
)
from cribble.objectives.neighbor_votes import NeighborVotes
from cribble.objectives.streamed import OnRows
from cribble.optimizers.greedy import greedy
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.lazy import lazy
from oracles.objectives import (
    CASES,
    NOT_MONOTONE,
    NOT_SUBMODULAR,
    Rows,
    best,
    distances,
    draw,
    lists,
    tolerance,
    unit,
)

DRAWS = 6


def all_gains(objective: Objective, value: Callable[[Rows], float], n: int, near: float):
    """Check the memo against the definition at every subset; gains by subset, NaN where picked."""
    table = {}
    subsets = [rows for size in range(n + 1) for rows in itertools.combinations(range(n), size)]
    defined = {frozenset(rows): value(rows) for rows in subsets}
    for rows in subsets:
        held = frozenset(rows)
        objective.reset()
        added = sum(objective.add(row) for row in reversed(rows))
        assert abs(objective.value - defined[held]) <= near
        assert abs(defined[frozenset()] + added - objective.value) <= 1e-9
        rest = np.array([row for row in range(n) if row not in held], dtype=np.int64)
        gains = np.full(n, np.nan)
        gains[rest] = objective.gains(rest)
        for row in rest.tolist():
            assert abs(gains[row] - (defined[held | {row}] - defined[held])) <= near
        for row in rest[[0, -1]].tolist() if len(rest) else ():
            alone = objective.gains(np.array([row]))[0]
            assert alone == gains[row], "a gain depends on the rows asked beside it"
        assert (objective.bounds()[rest] >= gains[rest] - 1e-12).all()
        table[held] = gains
    return table


@pytest.mark.parametrize("name", CASES)
def test_an_objective_equals_its_definition_and_keeps_its_promises(name: str) -> None:
    falls, rises = [], []
    for seed in range(DRAWS):
        objective, value, n = draw(name, seed)
        table = all_gains(objective, value, n, tolerance(name))
        falls += [-np.nanmin(gains) for rows, gains in table.items() if len(rows) < n]
        for rows, gains in table.items():
            for row in rows:
                later = gains - table[rows - {row}]
                rises += later[~np.isnan(later)].tolist()
    assert objective.monotone == (name not in NOT_MONOTONE)
    assert objective.submodular == (name not in NOT_SUBMODULAR)
    # A promise that is not made must be one that would be broken.
    assert (max(falls) <= 1e-9) == objective.monotone
    assert (max(rises) <= 1e-9) == objective.submodular


@pytest.mark.parametrize("name", [one for one in CASES if isinstance(draw(one, 0)[0], Removing)])
def test_a_row_taken_out_leaves_what_was_before(name: str) -> None:
    near = tolerance(name)
    for seed in range(DRAWS):
        objective, value, n = draw(name, seed)
        rows = np.random.default_rng(seed).permutation(n)[: n // 2 + 1].tolist()
        for row in rows:
            objective.add(row)
        twin = objective.twin()
        assert twin.value == 0
        for at in range(len(rows) - 1, 0, -1):
            rest = tuple(rows[1 : at + 1])
            gone = rows[0] if at == len(rows) - 1 else rows[at + 1]
            before = objective.value
            assert objective.remove(gone) == pytest.approx(objective.value - before)
            assert objective.value == pytest.approx(value(rest), abs=near)
            out = np.setdiff1d(np.arange(n), rest)
            after = [value((*rest, int(row))) - value(rest) for row in out]
            np.testing.assert_allclose(objective.gains(out), after, atol=near)


def test_every_promise_is_tried_on_enough_cases() -> None:
    assert DRAWS * len(CASES) >= 200


def test_no_objective_is_forgotten() -> None:
    """Every class of `cribble.objectives` that takes rows in stands in the table."""
    found = set()
    for module in pkgutil.iter_modules(cribble.objectives.__path__):
        loaded = importlib.import_module(f"cribble.objectives.{module.name}")
        for kind in vars(loaded).values():
            own = inspect.isclass(kind) and kind.__module__ == loaded.__name__
            if own and hasattr(kind, "gains") and not getattr(kind, "_is_protocol", False):
                found.add(kind)
    made = [draw(name, 0)[0] for name in CASES]
    parts = [part for one in made if isinstance(one, Mixture) for part in one.parts]
    parts += [one.function for one in made if isinstance(one, OnRows)]
    # What these sum depends on the order of the picks: their methods' tests define it.
    ordered = {MarginalRelevance, NeighborVotes, WindowedLogDeterminant}
    assert found - {type(one) for one in made + parts} == ordered


@pytest.mark.parametrize("name", CASES)
def test_what_is_not_submodular_is_refused_to_be_lazy_and_never_certified(name: str) -> None:
    for seed in range(2):
        objective, value, n = draw(name, seed)
        limits = Budget(rows=3).resolve(Pool(n))
        if objective.submodular:
            plain = greedy(objective, Admission(limits))
            objective.reset()
            quick = lazy(objective, Admission(limits))
            assert quick.indices.tolist() == plain.indices.tolist()
        else:
            with pytest.raises(ParameterError, match="submodular for lazy"):
                lazy(objective, Admission(limits))
        objective.reset()
        run = maximize(objective, limits)
        most = max(value(rows) for rows in itertools.combinations(range(n), 3))
        certain = objective.monotone and objective.submodular
        assert (run.upper_bound is not None) == certain
        if certain:
            assert (1 - 1 / np.e) * most - 1e-5 <= run.value <= most + 1e-5
            assert most <= run.upper_bound + 1e-5


def test_greedy_spreads_at_least_half_as_far_as_is_possible() -> None:
    ratios = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(4, 9)), int(rng.integers(2, 5))
        metric = ("euclidean", "angle")[seed % 2]
        points, gaps = distances(rng, n, metric)
        most = max(
            min(gaps[pair] for pair in itertools.combinations(rows, 2))
            for rows in itertools.combinations(range(n), k)
        )
        run = greedy(DisparityMin(points, metric), Admission(Budget(rows=k).resolve(Pool(n))))
        assert most / 2 - 1e-9 <= run.value <= most + 1e-9
        ratios.append(run.value / most)
        # Each pick is the row farthest from the picks before it.
        for step in range(1, k):
            nearest = gaps[:, run.indices[:step]].min(axis=1)
            nearest[run.indices[:step]] = 0
            assert nearest[run.indices[step]] == pytest.approx(nearest.max(), abs=1e-9)
    assert min(ratios) < 0.9


def test_marginal_relevance_follows_its_definition_in_the_order_of_the_picks() -> None:
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        points, _, cosines = unit(rng, 8)
        relevance = rng.random(8)
        objective = MarginalRelevance(points, relevance, 0.4)
        before = np.full(8, np.inf)
        picks: list[int] = []
        for row in rng.permutation(8).tolist():
            gains = objective.gains(np.arange(8))
            near = best(cosines[:8, :8], tuple(picks)) if picks else np.zeros(8)
            np.testing.assert_allclose(gains, 0.4 * relevance + 0.6 * (1 - near), atol=1e-6)
            assert (gains <= before).all()
            before = gains
            assert objective.add(row) == gains[row]
            picks.append(row)


def test_mutual_information_is_what_pool_and_queries_share() -> None:
    """f(A) + f(Q) - f(A and Q together) for facility location over pool and queries."""
    rng = np.random.default_rng(3)
    _, _, cosines = unit(rng, 6)
    cosines = np.maximum(cosines, 0)
    caps = np.float32(best(cosines, (6, 7, 8)))
    objective = facility_location_information(lists(np.float32(cosines)), caps)
    for row in (4, 0, 2):
        objective.add(row)
    apart = best(cosines, (4, 0, 2)).sum() + best(cosines, (6, 7, 8)).sum()
    together = best(cosines, (4, 0, 2, 6, 7, 8)).sum()
    assert objective.value == pytest.approx(apart - together, abs=1e-5)


UNIT = np.eye(2, dtype=np.float32)


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
        lambda: LogDetInformation(UNIT, UNIT, eta=1.5),
        lambda: LogDetInformation(UNIT, UNIT, ridge=0.0),
        lambda: concave_over_modular_information(UNIT, UNIT, eta=-1.0),
        lambda: concave_over_modular_information(UNIT, UNIT, shape="power"),
        lambda: facility_location_query_information(Affinity.of(UNIT, "cosine"), UNIT, np.nan),
        lambda: FacilityLocation(Affinity.of(UNIT, "cosine"), held=np.float32([0, -1])),
        lambda: facility_location_information(lists(UNIT), held=np.float32([0, np.nan])),
        lambda: graph_cut_conditional_gain(UNIT, UNIT, nu=-1.0),
        lambda: log_det_conditional_gain(UNIT, UNIT, nu=1.5),
        lambda: log_det_conditional_gain(UNIT, UNIT, ridge=0.0),
        lambda: facility_location_conditional_gain(lists(UNIT), UNIT, UNIT, nu=np.nan),
        lambda: facility_location_conditional_information(lists(UNIT), UNIT, UNIT, UNIT, eta=-1.0),
        lambda: DisparitySum(UNIT, "cosine"),
        lambda: Hypervolume(-UNIT),
        lambda: ListedPairs(np.ones(3), lists(UNIT)),
        lambda: ListedPairs(np.ones(2), lists(UNIT)._replace(values=np.float32([-1, -1]))),
        lambda: DisparityMin(UNIT, "cosine"),
        lambda: DisparityMin(UNIT, alone=-1.0),
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
