from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from cribble.core import Budget, Card, Pool, Selection, check_limits
from cribble.core.errors import SignalError, TargetError
from cribble.selectors.automatic.auto import Auto
from cribble.selectors.baselines.random import Random
from cribble.selectors.catalogue import make
from cribble.selectors.targeted.dsir import Dsir
from cribble.testing import check_selector


def needing(card: Card, pool: Pool, budget: Budget, seed: int) -> Selection:
    """Auto does without what it does not find; the contract wants what the card says refused."""
    check_limits(card, budget)
    budget.resolve(pool)
    for need in card.needs:
        if not pool.has(need):
            raise SignalError(need, "it is missing", "add it")
    for target in pool.targets:
        if not len(target):
            raise TargetError("it has no rows", "add some")
    return Auto().select(pool, budget, seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnVectors:
    """Auto, said to need vectors, so that the contract races on them."""

    card: ClassVar[Card] = Card("auto", family="automatic", needs=("embedding",))

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        return needing(self.card, pool, budget, seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTargets:
    """Auto, said to need a target and text."""

    card: ClassVar[Card] = Card("auto", family="automatic", needs=("text", "target"))

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        return needing(self.card, pool, budget, seed)


@pytest.mark.parametrize("seen", [Auto, OnVectors, OnTargets])
def test_it_holds_the_contract_whatever_it_races_on(seen):
    check_selector(seen())


def digits(labels=True):
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(10), [300, 200, 100, 100, 50, 50, 50, 50, 50, 50])
    centers = 3 * rng.normal(size=(10, 12))
    rows = (centers[codes] + rng.normal(size=(len(codes), 12))).astype(np.float32)
    return Pool.from_array(rows, groups={"label": codes.tolist()} if labels else {})


def test_labels_decide_where_there_are_any():
    chosen = Auto().select(digits(), Budget(rows=15))
    told = chosen.stats["auto"]
    assert told["chosen"] != "random"
    assert told["seen"] == "vectors and labels of 10 classes"
    assert set(told["tried"]) == {"grouped-herding"}
    best = max(told["tried"], key=lambda name: told["tried"][name]["lead"])
    assert told["chosen"] == best
    assert told["parameters"] == {"by": "label"}
    assert told["why"].startswith("it beats random by ")


def test_facility_location_races_where_many_classes_get_few_rows_each():
    rng = np.random.default_rng(0)
    codes = np.arange(800) % 16
    rows = 2 * rng.normal(size=(16, 12))[codes] + rng.normal(size=(800, 12))

    def tried(codes, rows_asked):
        pool = Pool.from_array(rows, groups={"label": codes.tolist()})
        return set(Auto().decide(pool, Budget(rows=rows_asked)).told["tried"])

    assert tried(codes, 320) == {"grouped-herding", "grouped-facility-location"}
    assert tried(codes, 321) == {"grouped-herding"}
    assert tried(np.minimum(codes, 14), 30) == {"grouped-herding"}


def test_the_winner_chooses_from_the_whole_pool_under_all_limits():
    pool, budget = digits(), Budget(rows=20, at_least={"label": {"9": 6}}, keep=[3], drop=[0])
    chosen = Auto().select(pool, budget, 2)
    name = chosen.stats["auto"]["chosen"]
    by = {"by": "label"} if name in ("stratified", "grouped-facility-location") else {}
    again = make(name, **by).select(pool, budget, 2)
    assert np.array_equal(chosen.indices, again.indices)
    assert (pool.groups("label").codes[chosen.indices] == 9).sum() >= 6


def test_clusters_stand_in_for_labels():
    told = Auto().select(digits(labels=False), Budget(rows=15)).stats["auto"]
    assert told["chosen"] == "k-medoids"
    assert told["tried"]["k-medoids"]["lead"] > 0.02


@pytest.mark.parametrize("width", [2, 8, 40])
def test_rows_without_structure_are_drawn_as_random_draws_them(width):
    same = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        pool = Pool.from_array(rng.normal(size=(300, width)))
        chosen = Auto().select(pool, Budget(rows=15), seed)
        if chosen.stats["auto"]["chosen"] == "random":
            drawn = Random().select(pool, Budget(rows=15), seed)
            same += np.array_equal(chosen.indices, drawn.indices)
    assert same >= 19


def test_labels_that_mean_nothing_are_no_reason_to_leave_random():
    taken = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 3, 300).tolist()
        pool = Pool.from_array(rng.normal(size=(300, 8)), groups={"label": labels})
        taken.append(Auto().select(pool, Budget(rows=30), seed).stats["auto"]["chosen"])
    assert taken.count("random") >= 19


def words(kind, size, seed):
    rng = np.random.default_rng(seed)
    return [" ".join(f"{kind}{one}" for one in rng.integers(0, 50, 20)) for _ in range(size)]


def test_held_out_target_text_decides_where_there_is_a_target():
    texts = [*words("a", 40, 0), *words("b", 260, 1)]
    pool = Pool(300, texts=texts, targets=(Pool(12, texts=words("a", 12, 2)),))
    chosen = Auto().select(pool, Budget(rows=20), 1)
    assert chosen.stats["auto"]["chosen"] == "dsir"
    assert "held-out target text" in chosen.stats["auto"]["judged"]
    assert np.array_equal(chosen.indices, Dsir().select(pool, Budget(rows=20), 1).indices)
    assert (chosen.indices < 40).mean() > 0.9


def test_vectors_of_a_target_serve_where_there_is_no_text():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 6))
    rows[:40] += 4
    target = Pool.from_array(rng.normal(size=(9, 6)) + 4)
    chosen = Auto().select(Pool.from_array(rows, targets=(target,)), Budget(rows=20))
    assert chosen.stats["auto"]["chosen"] == "rds-plus"
    assert (chosen.indices < 40).all()


def test_scores_alone_are_taken_at_their_word_and_nothing_is_random():
    quality = np.random.default_rng(0).normal(size=50)
    chosen = Auto().select(Pool(50, signals={"quality": quality}), Budget(rows=5))
    assert chosen.indices.tolist() == np.argsort(-quality)[:5].tolist()
    assert chosen.stats["auto"]["chosen"] == "top-score"
    none = Auto().select(Pool(50), Budget(rows=5), 3)
    assert none.indices.tolist() == Random().select(Pool(50), Budget(rows=5), 3).indices.tolist()
    assert none.stats["auto"]["why"] == "the rows have nothing to choose by"


def test_a_tiny_pool_is_too_small_to_tell():
    told = Auto().select(Pool.from_array(np.eye(20)), Budget(rows=5)).stats["auto"]
    assert told["chosen"] == "random"
    assert "too few" in told["why"]


def test_dropped_rows_take_no_part_in_the_race():
    pool = digits()
    spoiled = pool.signal("embedding").copy()
    spoiled[700:] = 1e6
    odd = pool.adding(signals={"embedding": spoiled})
    budget = Budget(rows=15, drop=list(range(700, 1000)))
    one = Auto().select(pool, budget).stats["auto"]["tried"]
    other = Auto().select(odd, budget).stats["auto"]["tried"]
    assert one == other


def test_copies_of_picks_among_held_out_rows_are_no_reason_to_leave_random():
    # Labels that mean nothing, but are those of the copies too: covering more rows tells them.
    rng = np.random.default_rng(0)
    home = np.repeat(np.arange(60), 8)
    rows = rng.normal(size=(60, 20))[home].astype(np.float32)
    taken = []
    for seed in range(8):
        labels = np.random.default_rng(seed).integers(0, 3, 60)[home]
        pool = Pool.from_array(rows, groups={"label": labels.tolist()})
        told = Auto().select(pool, Budget(rows=45), seed).stats["auto"]
        taken.append(told["chosen"])
        assert told["sample"]["copies"] == len(rows) - 60
    assert taken.count("random") >= 7


def test_the_race_is_run_under_the_limits_of_the_choice():
    # All but one of the picks are kept ones: what is left to choose matters little.
    pool = digits()
    kept = np.random.default_rng(0).choice(1_000, 39, replace=False).tolist()
    free = Auto().select(pool, Budget(rows=40)).stats["auto"]["tried"]
    held = Auto().select(pool, Budget(rows=40, keep=kept)).stats["auto"]["tried"]
    assert free["grouped-herding"]["lead"] > 0.02
    assert held["grouped-herding"]["lead"] < free["grouped-herding"]["lead"] / 3


def test_a_race_under_quotas_and_costs_ends_in_a_choice_that_holds_them():
    pool = digits().adding(signals={"tokens": np.arange(1, 1_001)})
    quota = Budget(rows=20, at_most={"label": {"0": 1, "1": 1}})
    chosen = Auto().select(pool, quota)
    assert chosen.stats["auto"]["tried"]
    assert (pool.groups("label").codes[chosen.indices] <= 1).sum() <= 2
    paid = Auto().select(pool, Budget(cost=9_000))
    assert paid.stats["auto"]["tried"]
    assert pool.signal("tokens")[paid.indices].sum() <= 9_000


def test_scores_race_where_held_out_labels_can_judge_them():
    pool = digits()
    rng = np.random.default_rng(1)
    wrong = rng.random(1_000) < 0.3
    codes = np.where(wrong, rng.integers(0, 10, 1_000), pool.groups("label").codes)
    scored = pool.adding(groups={"label": codes.tolist()}, signals={"quality": 1.0 - wrong})
    told = Auto().select(scored, Budget(rows=40)).stats["auto"]
    assert "mmr" in told["tried"]
    assert told["seen"].endswith("and scores")
    plain = Pool.from_array(pool.signal("embedding"), signals={"quality": 1.0 - wrong})
    told = Auto().select(plain, Budget(rows=40)).stats["auto"]
    assert told["unused"] == {"quality": "no row that is held out can judge it"}
    assert "mmr" not in told["tried"]


def test_groups_get_their_shares_and_a_say_where_there_are_no_labels():
    pool = digits()
    grouped = Pool.from_array(
        pool.signal("embedding"), groups={"group": pool.groups("label").codes.tolist()}
    )
    chosen = Auto().select(grouped, Budget(rows=40))
    told = chosen.stats["auto"]
    assert "grouped-herding" in told["tried"]
    assert told["judged"] == "accuracy on the clusters and groups of held-out rows"
    assert told["chosen"] != "random"


def test_what_race_and_method_cost_is_told():
    told = Auto().select(digits(), Budget(rows=15)).stats["auto"]
    assert told["sample"]["rows"] == 1_000
    assert 875 <= told["sample"]["shown"] <= 875 * 8
    assert set(told["cpu_seconds"]) == {"race", "method"}
    assert min(told["cpu_seconds"].values()) >= 0
