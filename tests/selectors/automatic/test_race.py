import math

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from cribble.core import Budget, Pool
from cribble.selectors.automatic.judges import LabelJudge, MatchJudge
from cribble.selectors.automatic.race import Heat, race
from cribble.selectors.catalogue import make


@pytest.mark.parametrize("dim", [5, 40])
def test_the_classifier_is_ridge_regression_on_class_indicators(dim):
    rng = np.random.default_rng(0)
    vectors, queries = rng.normal(size=(80, dim)), rng.normal(size=(60, dim))
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


def heats(worth, rounds=4):
    pool = Pool(len(worth), signals={"quality": worth})
    return [lambda: Heat(pool, Budget(rows=10), Told(worth))] * rounds


BEST = {"top-score": make("top-score")}


def test_a_lead_beyond_chance_is_certain_and_one_below_the_margin_is_not():
    worth = np.random.default_rng(0).normal(size=100)
    found = race(heats(worth), BEST, 0).standings["top-score"]
    top = make("top-score").select(Pool(100, signals={"quality": worth}), Budget(rows=10))
    assert found.lead == pytest.approx(worth[top.indices].mean() - worth.mean(), abs=0.2)
    assert found.certain
    below = race(heats(worth), BEST, 0, margin=found.lead + 0.2)
    assert not below.standings["top-score"].certain
    assert below.rounds == 4


def test_a_clear_race_ends_early_and_one_that_none_leads_after_two_rounds():
    worth = np.random.default_rng(0).normal(size=100)
    clear = race(heats(worth), BEST, 0)
    assert clear.rounds == 1
    assert clear.shown == 100
    lost = race(heats(np.zeros(100)), BEST, 0)
    assert not lost.standings["top-score"].certain
    assert lost.rounds == 2


CHOSEN = {"top-score": make("top-score", signal="chosen")}


def leading_by(lead):
    """Eight rounds in which 10 of 1,000 rows are worth a little more than the others."""
    worth = np.random.default_rng(1).normal(size=1_000)
    marks = np.zeros(1_000)
    marks[np.argsort(np.abs(worth - lead))[:10]] = 1.0
    pool = Pool(1_000, signals={"chosen": marks})
    return [lambda: Heat(pool, Budget(rows=10), Told(worth))] * 8


def test_a_lead_beyond_a_tenth_of_the_risk_ends_a_race_at_once():
    found = race(leading_by(1.1), CHOSEN, 0)
    standing = found.standings["top-score"]
    # Beyond the strict bound, t(11) at 0.5%, and short of sqrt(8) times the one at 5%.
    assert 3.11 < standing.lead / standing.error < 1.796 * math.sqrt(8)
    assert standing.certain
    assert found.rounds == 1


def test_an_early_end_asks_for_a_larger_lead():
    # In doubt after a round, not after all of them.
    rounds, chosen = leading_by(0.75), CHOSEN
    one, all_of_them = race(rounds[:1], chosen, 0), race(rounds, chosen, 0)
    assert one.standings["top-score"].certain
    assert 1 < all_of_them.rounds <= 8
    assert all_of_them.standings["top-score"].certain


def test_a_race_is_given_up_once_there_is_hardly_hope_and_not_before():
    behind, little = (race(leading_by(lead), CHOSEN, 0) for lead in (-1.0, 0.0))
    assert behind.rounds == 1
    assert behind.standings["top-score"].hopeless
    # A lead of a third of an error may still grow, until too few rounds are left.
    assert 2 < little.rounds < 8
    assert little.standings["top-score"].hopeless
    assert not little.standings["top-score"].certain


def test_limits_hold_for_random_subsets_too():
    worth = np.random.default_rng(0).normal(size=100)
    pool = Pool(100, signals={"quality": worth})
    kept = list(np.argsort(-worth)[:9])
    round_ = [lambda: Heat(pool, Budget(rows=10, keep=kept), Told(worth))]
    free = race(heats(worth, 1), BEST, 0).standings["top-score"]
    held = race(round_, BEST, 0).standings["top-score"]
    assert 0 < held.lead < free.lead / 4


def test_what_a_null_shows_too_is_no_lead():
    worth = np.random.default_rng(0).normal(size=100)
    plain = heats(worth)[0]
    again = [lambda: plain()._replace(null=plain)] * 4
    found = race(again, BEST, 0).standings["top-score"]
    assert found.lead == 0
    assert not found.certain
