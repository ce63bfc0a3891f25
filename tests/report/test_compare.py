import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from cribble.core import Budget, Card, Pool, Selection
from cribble.core.errors import ParameterError
from cribble.report import against_random
from cribble.selectors.baselines.random import Random


def noise(seed, rows=400, width=20):
    return np.random.default_rng(seed).standard_normal((rows, width)).astype(np.float32)


def clusters():
    draw = np.random.default_rng(0)
    centers = 10 * draw.standard_normal((20, 8))
    codes = np.repeat(np.arange(20), [400, *([10] * 19)])
    return centers[codes] + 0.1 * draw.standard_normal((len(codes), 8)), codes


def picked(rows, method="test"):
    return Selection(indices=np.asarray(rows, dtype=np.int64), method=method)


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The first row of every cluster."""

    card: ClassVar[Card] = Card("first", family="baselines")

    def select(self, pool, budget, seed=0):
        return picked([0, *range(400, 590, 10)], "first")


def farthest_first(rows, size):
    rows = rows.astype(np.float64)
    picks, gaps = [0], np.full(len(rows), np.inf)
    while len(picks) < size:
        gaps = np.minimum(gaps, ((rows - rows[picks[-1]]) ** 2).sum(axis=1))
        picks.append(int(gaps.argmax()))
    return picks


def test_random_is_no_better_than_random_on_noise():
    # Each seed may fail with probability 5%; of these 20 fixed ones at least 18 must not.
    outcomes = []
    for seed in range(20):
        pool = Pool.from_array(noise(seed))
        chosen = Random().select(pool, Budget(rows=40), seed)
        found = against_random(chosen, pool, 40, seed=seed)
        outcomes.append(found.verdict.startswith("No better than random: "))
    assert sum(outcomes) >= 18


@pytest.mark.parametrize("seed", range(3))
def test_an_optimizer_that_only_fits_noise_is_no_better_than_random(seed):
    rows = noise(seed)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = against_random(picked(farthest_first(rows, 40)), Pool.from_array(rows), 40)
    assert found.better is False


def test_the_other_metrics_seldom_tell_random_from_random():
    calls = []
    for seed in range(10):
        pool = Pool.from_array(noise(seed))
        found = against_random(Random().select(pool, Budget(rows=40), seed), pool, 40, seed=seed)
        calls += [one.outcome != "same" for one in found.others]
    assert len(calls) == 80
    assert sum(calls) <= 2


def test_one_row_of_each_cluster_covers_better_and_copies_cover_worse():
    pool = Pool.from_array(clusters()[0])
    good = against_random(First().select(pool, Budget(rows=20)), pool, 20)
    assert good.better is True
    assert good.headline.measure.name == "coverage_distance"
    bad = against_random(picked(np.arange(20)), pool, 20)
    assert bad.headline.outcome == "worse"
    assert {one.measure.name: one.value for one in bad.others}["near_duplicates"] == 1


def test_the_same_seed_gives_the_same_comparison():
    pool = Pool.from_array(noise(0))
    chosen = picked(range(30))
    first, again = (against_random(chosen, pool, 30, seed=7).as_dict() for _ in range(2))
    assert first == again
    assert first != against_random(chosen, pool, 30, seed=8).as_dict()


def test_the_order_of_picks_moves_no_metric():
    pool = Pool.from_array(noise(0))
    rows = np.random.default_rng(0).permutation(400)[:30]
    first = against_random(picked(rows), pool, 30).as_dict()
    assert first == against_random(picked(rows[::-1]), pool, 30).as_dict()


def test_random_subsets_hold_the_same_limits():
    pool = Pool.from_array(noise(0), groups={"kind": ["a"] * 390 + ["b"] * 10})
    budget = Budget(rows=20, at_least={"kind": {"b": 10}}, keep=[5], drop=[7])
    chosen = Random().select(pool, budget, 1)
    found = {one.measure.name: one for one in against_random(chosen, pool, budget).others}
    assert set(found["balance:kind"].draws) == {1.0}
    assert found["balance:kind"].outcome == "same"


def test_dropped_rows_need_no_cover():
    rows = noise(0, rows=60)
    rows[50:] += 1_000
    pool = Pool.from_array(rows)
    found = against_random(picked(range(10)), pool, Budget(rows=10, drop=range(50, 60)))
    assert found.rows == 50
    assert found.headline.value < 20


def test_with_a_target_the_headline_is_the_target():
    rows, codes = clusters()
    target = Pool.from_array(rows[codes == 3])
    pool = Pool.from_array(rows, targets=(target,))
    on_target = against_random(picked(np.nonzero(codes == 3)[0]), pool, 10)
    assert on_target.headline.measure.name == "target_divergence"
    assert on_target.verdict.startswith("Matches the target better than random: ")
    off_target = against_random(picked(np.nonzero(codes == 0)[0][:10]), pool, 10)
    assert off_target.better is False
    values = {one.measure.name: one.value for one in on_target.others}
    assert values["target_nearness"] == pytest.approx(1, abs=1e-6)


def test_without_vectors_the_headline_is_quality():
    quality = np.random.default_rng(0).standard_normal(200)
    pool = Pool(200, signals={"quality": quality})
    found = against_random(picked(np.argsort(-quality)[:20]), pool, 20)
    assert found.verdict.startswith("Picks rows of higher quality than random: ")
    assert found.curve is None


def test_nothing_to_measure_and_nothing_picked_are_said():
    assert against_random(picked(range(3)), Pool(9), 3).better is None
    assert against_random(picked([]), Pool.from_array(noise(0)), 0).better is None


@pytest.mark.parametrize("rows", [1, 400])
def test_a_budget_of_one_row_or_all_rows_is_compared(rows):
    pool = Pool.from_array(noise(0))
    found = against_random(Random().select(pool, Budget(rows=rows), 3), pool, rows)
    json.dumps(found.as_dict(), allow_nan=False)
    assert found.better is False


def test_the_curve_ends_near_the_headline():
    rows, _ = clusters()
    pool = Pool.from_array(rows)
    found = against_random(First().select(pool, Budget(rows=20)), pool, 20)
    assert found.curve.sizes[-1] == 20
    assert found.curve.choice[-1] == pytest.approx(found.headline.value, rel=1e-6)
    assert (np.diff(found.curve.choice) <= 0).all()
    assert all(
        low <= mid <= high
        for low, mid, high in zip(
            found.curve.low, found.curve.random, found.curve.high, strict=True
        )
    )


def test_a_cost_budget_is_compared():
    costs = np.random.default_rng(0).uniform(1, 9, 400)
    pool = Pool.from_array(noise(0), signals={"tokens": costs})
    budget = Budget(cost=150)
    found = against_random(Random().select(pool, budget, 5), pool, budget)
    assert found.better is False
    assert found.curve is not None


def test_too_few_subsets_are_refused():
    pool = Pool.from_array(noise(0))
    with pytest.raises(ParameterError, match="at least 5"):
        against_random(picked(range(3)), pool, 3, repeats=4)
