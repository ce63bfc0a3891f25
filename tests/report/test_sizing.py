from __future__ import annotations

import itertools

import numpy as np
import pytest

from cribble.core import Budget, Pool
from cribble.core.errors import BudgetError
from cribble.objectives import facility_location as objectives
from cribble.report.size_curve import HeldOutCurve, SizeCurve, ValueCurve
from cribble.report.size_held_out import training_budgets
from cribble.report.sizing import prefix_bounds, size_curve
from cribble.selectors.automatic.auto import Auto
from cribble.selectors.baselines.random import Random
from cribble.selectors.baselines.top_score import TopScore
from cribble.selectors.coverage.k_center import KCenter
from cribble.selectors.diversity.facility_location import FacilityLocation


@pytest.fixture
def vectors():
    return np.random.default_rng(0).standard_normal((60, 4)).astype(np.float32)


def clusters(count=12, rows=400, dim=8):
    draws = np.random.default_rng(1)
    codes = np.arange(rows) % count
    vectors = 6 * draws.standard_normal((count, dim))[codes] + draws.standard_normal((rows, dim))
    return vectors.astype(np.float32), codes


def test_the_value_of_each_prefix_is_that_of_the_objective(vectors):
    pool = Pool.from_array(vectors)
    value = size_curve(pool, Budget(rows=12), FacilityLocation()).value
    picks = FacilityLocation().select(pool, Budget(rows=12)).indices
    objective = objectives.FacilityLocation(objectives.Affinity.of(vectors, "phantom"))
    by_hand = []
    for row in picks.tolist():
        objective.add(row)
        by_hand.append(objective.value)
    assert value.sizes.tolist() == list(range(1, 13))
    np.testing.assert_allclose(value.values, by_hand, rtol=1e-9)


def test_no_set_of_any_size_exceeds_its_bound(vectors):
    pool = Pool.from_array(vectors[:11])
    value = size_curve(pool, Budget(rows=5), FacilityLocation()).value
    objective = objectives.FacilityLocation(objectives.Affinity.of(vectors[:11], "phantom"))

    def worth(rows):
        objective.reset()
        for row in rows:
            objective.add(row)
        return objective.value

    for size, bound in zip(value.sizes, value.bounds, strict=True):
        best = max(map(worth, itertools.combinations(range(11), int(size))))
        assert best <= bound * (1 + 1e-9)
    assert np.all(value.certified >= 1 - 1 / np.e)


def test_bounds_leave_out_steps_that_greedy_did_not_choose():
    gains = np.array([0.1, 5.0, 2.0])
    # From the second step on: 0.1 + 5 k, then 5.1 + 2 k.
    assert prefix_bounds(gains, 1, np.array([1, 2, 3])).tolist() == [5.1, 9.1, 11.1]


def test_kept_rows_start_the_curve(vectors):
    pool = Pool.from_array(vectors)
    value = size_curve(pool, Budget(rows=12, keep=[5, 3, 9]), FacilityLocation()).value
    assert value.sizes.tolist() == list(range(3, 13))


def test_under_group_limits_each_size_is_a_run_that_holds_them(vectors):
    pool = Pool.from_array(vectors, groups={"side": [row % 2 for row in range(60)]})
    budget = Budget(rows=40, at_least={"side": {"0": 6}})
    value = size_curve(pool, budget, FacilityLocation()).value
    assert not value.prefixes
    assert value.sizes[0] == 6
    alone = FacilityLocation().select(pool, Budget(rows=6, at_least={"side": {"0": 6}}))
    assert value.values[0] == pytest.approx(alone.value)


def test_a_method_without_a_value_is_measured_by_explained_variance(vectors):
    pool = Pool.from_array(vectors)
    value = size_curve(pool, Budget(rows=30), KCenter()).value
    assert "variance" in value.measure
    picks = KCenter().select(pool, Budget(rows=int(value.sizes[2]))).indices
    rows = vectors.astype(np.float64)
    near = ((rows[:, None] - rows[picks]) ** 2).sum(axis=2).min(axis=1)
    away = ((rows - rows.mean(axis=0)) ** 2).sum(axis=1)
    by_hand = np.maximum(0, away - near).sum() / away.sum()
    assert value.values[2] == pytest.approx(by_hand, rel=1e-5)


def test_methods_that_race_do_so_once_a_curve(vectors):
    pool = Pool.from_array(vectors)
    raced = size_curve(pool, Budget(rows=12), Auto())
    assert Auto().select(pool, Budget(rows=12)).stats["auto"]["chosen"] == "random"
    alone = size_curve(pool, Budget(rows=12), Random())
    np.testing.assert_array_equal(raced.value.values, alone.value.values)


def test_a_planted_number_of_clusters_is_the_knee():
    vectors = np.repeat(10 * np.eye(12, dtype=np.float32), 30, axis=0)
    found = size_curve(Pool.from_array(vectors), Budget(rows=72), FacilityLocation())
    assert found.rows == 12
    assert "knee" in found.why


def test_labels_decide_by_the_one_error_rule():
    vectors, codes = clusters()
    pool = Pool.from_array(vectors, groups={"label": codes.tolist()})
    found = size_curve(pool, Budget(rows=80), FacilityLocation())
    held = found.held_out
    assert held.held == 80
    fine = held.losses <= held.losses.min() + held.errors
    assert found.rows == held.sizes[np.nonzero(fine)[0][0]]
    assert held.errors[held.best] == 0
    # Twelve classes cannot be told apart by fewer rows than classes.
    assert found.rows >= 12
    assert "standard error" in found.why
    again = size_curve(pool, Budget(rows=80), FacilityLocation())
    assert again.as_dict() == found.as_dict()


def test_labels_that_mean_nothing_are_said_to_and_decide_nothing():
    vectors, codes = clusters(count=4, rows=300)
    told = []
    for seed in range(10):
        draws = np.random.default_rng(seed)
        # Neither even labels nor ones of which naming the most common is nine times right.
        labels = draws.choice(
            3, size=300, p=(1 / 3, 1 / 3, 1 / 3) if seed % 2 else (0.9, 0.05, 0.05)
        )
        pool = Pool.from_array(vectors, groups={"label": labels.tolist()})
        found = size_curve(pool, Budget(rows=60), FacilityLocation(), seed)
        told.append(bool(found.doubt))
        if found.doubt:
            assert found.rows == found.value.knee
            assert found.doubt.startswith("No number of rows beats chance: error of a linear")
            assert found.why.startswith("with labels that tell nothing, the knee")
            assert found.training == ()
            assert found.as_dict()["doubt"] == found.doubt
            assert not found.as_dict()["held_out"]["beats_chance"]
            shares = np.bincount(labels) / 300
            assert found.held_out.chance == pytest.approx(1 - shares.max(), abs=0.03)
    assert sum(told) >= 9
    pool = Pool.from_array(vectors, groups={"label": codes.tolist()})
    real = size_curve(pool, Budget(rows=60), FacilityLocation())
    assert real.doubt == ""
    assert real.held_out.beats_chance
    assert real.held_out.chance == pytest.approx(0.75)
    assert real.as_dict()["doubt"] is None


@pytest.mark.parametrize("texts", [True, False])
def test_a_target_is_judged_on_rows_that_were_held_out(texts):
    vectors, codes = clusters()
    words = [f"word{code} is of topic{code} and no other" for code in codes]
    near = np.nonzero(codes < 2)[0][:30]
    aims = Pool.from_array(vectors[near], texts=[words[row] for row in near] if texts else None)
    pool = Pool.from_array(vectors, texts=words if texts else None, targets=[aims])
    found = size_curve(pool, Budget(rows=80), FacilityLocation())
    assert found.held_out.held == 10
    assert ("surprise" in found.held_out.measure) == texts
    assert bool(found.training) == texts


def test_few_target_rows_and_no_labels_leave_the_value_curve(vectors):
    pool = Pool.from_array(vectors, targets=[Pool.from_array(vectors[:5])])
    found = size_curve(pool, Budget(rows=12), FacilityLocation())
    assert found.held_out is None
    assert found.training == ()


def test_what_cannot_be_measured_is_refused():
    pool = Pool(30, signals={"tokens": np.ones(30)})
    with pytest.raises(BudgetError, match="say how many rows"):
        size_curve(pool, Budget(rows=6), Random())
    with pytest.raises(BudgetError, match="counts rows"):
        size_curve(pool, Budget(cost=6), Random())


def test_scores_alone_make_a_value_curve():
    pool = Pool(30, signals={"quality": np.repeat([4.0, 1.0], 15)})
    value = size_curve(pool, Budget(rows=6), TopScore()).value
    assert value.values.tolist() == [4.0 * size for size in value.sizes]


def held_out(losses, whole=None):
    sizes = np.array([10, 100, 1_000])
    return HeldOutCurve(
        measure="loss",
        sizes=sizes,
        losses=np.array(losses),
        errors=np.zeros(3),
        held=50,
        whole=whole,
    )


def test_more_training_asks_for_more_rows():
    # Over the best tenth more passes are made at first, until they teach no more.
    curve = held_out([0.8, 0.5, 0.36], whole=0.34)
    found = training_budgets(curve, curve.sizes / 1.0, 10_000.0, 10_000)
    assert [one.times for one in found] == [1.0, 4.0, 10.0]
    assert found[0].passes.tolist() == [1_000.0, 100.0, 10.0, 1.0]
    assert found[0].sizes[found[0].best] == 1_000
    assert found[2].sizes[found[2].best] == 10_000
    assert "all rows" in found[2].words


def test_the_law_by_hand_for_one_size():
    curve = held_out([0.8, 0.4, 0.2])
    (once, *_) = training_budgets(curve, curve.sizes / 1.0, 2_000.0, 10_000)
    # Halved a decade; a half of the pool is five tenths, so that the half-life is 15 passes.
    utility = -np.log10(2)
    assert once.passes[2] == 2
    assert once.losses[2] == pytest.approx(0.2 * 2 ** (utility * 0.5 ** (1 / 15)))


def test_rows_that_teach_nothing_gain_nothing_by_repetition():
    curve = held_out([0.3, 0.3, 0.4])
    (*_, last) = training_budgets(curve, curve.sizes / 1.0, 10_000.0, 10_000)
    np.testing.assert_allclose(last.losses, curve.losses)
    assert last.best == 0


def test_the_law_needs_losses_above_zero():
    curve = held_out([0.3, 0.1, 0.0])
    assert training_budgets(curve, curve.sizes / 1.0, 10_000.0, 10_000) == ()


def test_the_record_of_a_long_curve_is_short_and_holds_the_knee():
    sizes = np.arange(1, 5_001)
    value = ValueCurve(
        measure="value",
        sizes=sizes,
        values=np.log(np.minimum(sizes, 77)),
        bounds=None,
        prefixes=True,
    )
    told = SizeCurve(method="m", seed=0, value=value, held_out=None).as_dict()
    assert told["rows"] == 77
    assert len(told["value"]["rows"]) <= 32
    assert {1, 77, 5_000} <= set(told["value"]["rows"])
