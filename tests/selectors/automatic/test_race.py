import numpy as np
import pytest
from sklearn.linear_model import Ridge

from cribble.core import Budget, Pool
from cribble.selectors.automatic.judges import LabelJudge, MatchJudge
from cribble.selectors.automatic.race import ROUNDS, Heat, race, turns
from cribble.selectors.catalogue import make


def test_rounds_hold_out_different_rows_and_choose_from_the_others():
    rows = np.arange(0, 200, 2)
    found = turns(rows, 100, 0)
    assert len(found) == ROUNDS
    held = np.concatenate([one for _, one in found])
    assert len(np.unique(held)) == len(held) == 100
    for part, out in found:
        assert np.array_equal(np.union1d(part, out), rows)
        assert not np.isin(part, out).any()
    part, out = turns(rows, 40, 0)[1]
    assert len(part) + len(out) == 40


def test_the_classifier_is_ridge_regression_on_class_indicators():
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(80, 5)), rng.normal(size=(60, 5))
    labels, truth = rng.integers(0, 3, 80), rng.integers(0, 3, 60)
    picks = np.arange(0, 80, 3)
    center = vectors.mean(axis=0)
    unit = (vectors - center) / np.linalg.norm(vectors - center, axis=1, keepdims=True)
    asked = (queries - center) / np.linalg.norm(queries - center, axis=1, keepdims=True)
    model = Ridge(alpha=0.1).fit(unit[picks], np.eye(3)[labels[picks]])
    wrong = model.predict(asked).argmax(axis=1) != truth
    found = LabelJudge(vectors, labels[:, None], queries, truth[:, None]).losses(picks)
    assert np.array_equal(found.astype(bool), wrong)
    twice = np.stack([labels, np.zeros(80, dtype=np.int64)], axis=1)
    both = LabelJudge(vectors, twice, queries, np.stack([truth, np.ones(60)], axis=1))
    assert np.array_equal(both.losses(picks), wrong / 2 + 0.5)


def test_the_match_is_the_energy_distance_up_to_what_no_pick_changes():
    rng = np.random.default_rng(1)
    vectors, held = rng.normal(size=(30, 4)), rng.normal(size=(9, 4))
    judge = MatchJudge(vectors, held)
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (vectors, held)]

    def energy(picks):
        points = unit[0][picks]
        cross = np.linalg.norm(points[:, None] - unit[1][None], axis=2).mean()
        gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
        return 2 * cross - gaps.sum() / (len(picks) * (len(picks) - 1))

    one, other = np.arange(8), np.arange(12, 30)
    gap = judge.losses(one).mean() - judge.losses(other).mean()
    assert gap == pytest.approx(energy(one) - energy(other), rel=1e-5)


class Told:
    """Judges a subset by the numbers of its rows; the same on every held-out row but for noise."""

    def __init__(self, worth):
        self.worth, self.noise = worth, np.random.default_rng(5).normal(size=40)

    def losses(self, picks):
        return self.noise - self.worth[picks].mean()


def heats(worth):
    pool = Pool(len(worth), signals={"quality": worth})
    return [lambda: Heat(pool, 10, Told(worth))] * ROUNDS


def test_a_lead_beyond_chance_is_certain_and_one_below_the_margin_is_not():
    worth = np.random.default_rng(0).normal(size=100)
    best = {"top-score": make("top-score")}
    found = race(heats(worth), best, 0)["top-score"]
    top = make("top-score").select(Pool(100, signals={"quality": worth}), Budget(rows=10))
    assert found.lead == pytest.approx(worth[top.indices].mean() - worth.mean(), abs=0.2)
    assert found.certain
    assert not race(heats(worth), best, 0, margin=found.lead + 0.01)["top-score"].certain


def test_what_a_null_shows_too_is_no_lead():
    worth = np.random.default_rng(0).normal(size=100)
    plain = heats(worth)[0]
    again = [lambda: plain()._replace(null=plain())] * ROUNDS
    found = race(again, {"top-score": make("top-score")}, 0)["top-score"]
    assert found.lead == 0
    assert not found.certain
