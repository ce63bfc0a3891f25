from itertools import combinations

import numpy as np
import pytest

from cribble.constraints import Admission
from cribble.core import Budget, Limits, Pool
from cribble.objectives.base import Objective
from cribble.objectives.dispersion import DisparitySum
from cribble.objectives.facility_location import Affinity, FacilityLocation
from cribble.objectives.mixture import Mixture, RemovingMixture
from cribble.objectives.modular import Modular
from cribble.optimizers.base import Run
from cribble.optimizers.knapsack import maximize
from cribble.optimizers.swap import swap
from oracles.coverage import (
    KINDS,
    coverage,
    every_set,
    feasible,
    number_of,
    optimum,
    problem,
    values,
    within,
)

MATROIDS = ("rows", "groups", "keep")


def lowest(objective: Objective, limits: Limits) -> Run:
    """Start from the lowest rows that the limits allow."""
    picks = Admission(limits).add_in_order(np.arange(limits.size))
    gains = np.array([objective.add(int(row)) for row in picks])
    return Run(picks, gains, objective.value, None, 0)


def test_from_any_set_it_reaches_half_of_the_optimum_and_no_exchange_helps() -> None:
    ratios = []
    for seed in range(200):
        objective, (limits, _) = coverage(seed, 8), problem(seed, MATROIDS[seed % 3], 8)
        run = swap(objective, limits, lowest, least=0.0)
        every, worth = within(limits, every_set(8)), values(objective)
        best = float(worth[every].max())
        assert best / 2 <= run.value <= best <= run.upper_bound + 1e-9
        one_exchanged = (every_set(8) & ~every_set(8)[number_of(run.indices)]).sum(axis=1) == 1
        assert (worth[every & one_exchanged] <= run.value).all()
        ratios.append(run.value / best)
    assert min(ratios) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_limits_hold_and_the_value_never_falls(kind: str) -> None:
    better = 0
    for seed in range(34):
        objective, (limits, _) = coverage(seed), problem(seed, kind)
        before = maximize(objective, limits).value
        objective.reset()
        run = swap(objective, limits)
        assert feasible(limits, tuple(run.indices.tolist()))
        assert before <= run.value <= optimum(objective, limits) <= run.upper_bound + 1e-9
        assert run.value == objective.of(tuple(run.indices.tolist())) == run.gains.sum()
        assert run.indices[: len(limits.keep)].tolist() == limits.keep.tolist()
        better += run.value > before
    assert better > 0 or kind == "keep"


def test_an_objective_that_is_not_submodular_is_improved_too() -> None:
    X = np.random.default_rng(3).standard_normal((15, 2))
    limits = Budget(rows=4).resolve(Pool(15))
    start = lowest(DisparitySum(X), limits)
    run = swap(DisparitySum(X), limits, lowest)
    assert run.value > start.value
    assert run.upper_bound is None


def test_too_small_improvements_and_no_passes_change_nothing() -> None:
    objective, (limits, _) = coverage(0), problem(0, "rows")
    for rule in ({"passes": 0}, {"least": 1e9}):
        objective.reset()
        assert swap(objective, limits, lowest, **rule).indices.tolist() == [0, 1, 2, 3]


class GainsAlone:
    """Facility location that hides its exchanges."""

    def __init__(self, inner: FacilityLocation) -> None:
        self._inner = inner
        self.monotone = self.submodular = True
        self.gains, self.bounds, self.add = inner.gains, inner.bounds, inner.add
        self.reset, self.size = inner.reset, inner.size

    @property
    def value(self) -> float:
        return self._inner.value


@pytest.mark.parametrize("kind", KINDS)
def test_exchanges_asked_all_at_once_give_the_same_sets(kind: str) -> None:
    exchanged = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        affinity = Affinity.of(rng.standard_normal((10, 2)), "phantom")
        limits, _ = problem(seed, kind)
        for start in (lowest, maximize):
            at_once = swap(FacilityLocation(affinity), limits, start)
            plain = swap(GainsAlone(FacilityLocation(affinity)), limits, start)
            assert at_once.indices.tolist() == plain.indices.tolist()
            assert at_once.value == plain.value
            assert at_once.upper_bound == pytest.approx(plain.upper_bound)
            first = start(FacilityLocation(affinity), limits).indices
            exchanged += not np.array_equal(np.sort(first), np.sort(at_once.indices))
    assert exchanged > 0


@pytest.mark.parametrize("kind", MATROIDS)
def test_exchanges_of_rows_taken_out_give_the_same_sets(kind: str) -> None:
    exchanged = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        X, scores = rng.standard_normal((10, 2)), rng.random(10)
        limits, _ = problem(seed, kind)
        in_place = RemovingMixture((Modular(scores), DisparitySum(X)), (1.0, 0.3))
        plain = Mixture((Modular(scores), DisparitySum(X)), (1.0, 0.3))
        one, other = swap(in_place, limits, lowest), swap(plain, limits, lowest)
        assert one.indices.tolist() == other.indices.tolist()
        assert one.value == other.value == in_place.value
        exchanged += sorted(one.indices) != sorted(lowest(plain.parts[0], limits).indices)
    assert exchanged > 3


@pytest.mark.parametrize("kind", MATROIDS)
def test_among_candidates_no_exchange_helps_and_half_of_their_optimum_is_reached(kind: str) -> None:
    exchanged = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        affinity = Affinity.of(rng.standard_normal((10, 2)), "phantom")
        limits, _ = problem(seed, kind)
        first = lowest(FacilityLocation(affinity), limits).indices.tolist()
        start = FacilityLocation(affinity)
        for row in first:
            start.add(row)
        others = np.setdiff1d(np.nonzero(~limits.excluded)[0], first)
        best = others[np.argsort(-start.gains(others), kind="stable")][:1].tolist()
        rule = {"candidates": 2, "seed": seed, "least": 0.0}
        run = swap(FacilityLocation(affinity), limits, lowest, **rule)
        plain = swap(GainsAlone(FacilityLocation(affinity)), limits, lowest, **rule)
        assert run.indices.tolist() == plain.indices.tolist()
        new = set(run.indices.tolist()) - set(first)
        assert len(new - set(best)) <= 1
        exchanged += bool(new)

        # What each row has of each other one, for the value of any set.
        points = affinity.points.astype(np.float64)
        gaps = ((points[:, None] - points) ** 2).sum(axis=2)
        worth = np.maximum((points**2).sum(axis=1)[:, None] - gaps, 0)
        ground = sorted({*first, *best, *new})
        most = max(
            worth[:, list(rows)].max(axis=1).sum()
            for rows in combinations(ground, len(first))
            if feasible(limits, rows)
        )
        assert most / 2 <= run.value <= most + 1e-6
    assert exchanged > 8


def test_a_set_that_nothing_improves_is_asked_about_once() -> None:
    X = np.random.default_rng(1).standard_normal((300, 2))
    affinity = Affinity.of(X, "phantom")
    limits = Budget(rows=12).resolve(Pool(300))
    best = swap(FacilityLocation(affinity), limits)

    def settled(objective: Objective, limits: Limits) -> Run:
        gains = np.array([objective.add(int(row)) for row in best.indices])
        return Run(best.indices, gains, objective.value, None, 0)

    again = swap(FacilityLocation(affinity), limits, settled)
    assert again.indices.tolist() == best.indices.tolist()
    plain = swap(GainsAlone(FacilityLocation(affinity)), limits, settled)
    assert again.evaluations < plain.evaluations / 6
