import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from cribble.core import Budget, Card, Groups, Pool, Selection
from cribble.core.errors import BudgetError, ParameterError, SignalError
from cribble.report import compare_methods
from cribble.report.measures import COVERAGE
from cribble.report.method_lines import method_lines
from cribble.report.paired import Paired
from cribble.selectors.baselines.random import Random
from cribble.signals.difficulty import Difficulty


def labeled_clusters():
    draw = np.random.default_rng(0)
    codes = np.repeat(np.arange(12), [400, *([20] * 11)])
    centers = 10 * draw.standard_normal((12, 16))
    rows = centers[codes] + 0.1 * draw.standard_normal((len(codes), 16))
    return Pool.from_array(rows, groups={"kind": Groups(codes, tuple(map(str, range(12))))})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEach:
    """The first rows of every kind in turn."""

    card: ClassVar[Card] = Card("of-each", family="baselines")

    def select(self, pool, budget, seed=0):
        codes = pool.groups("kind").codes
        places = pool.groups("kind").places(np.arange(len(pool)))
        rows = np.lexsort((codes, places))[: budget.resolve(pool).rows]
        return Selection(indices=rows, method="of-each")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spy:
    """The first rows; it writes down what it was shown."""

    card: ClassVar[Card] = Card("spy", family="baselines")
    seen: list

    def select(self, pool, budget, seed=0):
        texts = [text for block in pool.text_blocks() for text in block]
        aims = [text for one in pool.targets for block in one.text_blocks() for text in block]
        self.seen.append((set(texts), set(aims)))
        return Selection(indices=np.arange(budget.resolve(pool).rows), method="spy")


def test_methods_are_told_apart_on_rows_they_did_not_see():
    found = compare_methods(labeled_clusters(), 24, [Random(), OfEach()])
    assert found.verdict == "Better than random: of-each. Not better: random."
    told = [f"{one.method}: {one.verdict}" for one in found.results]
    assert repr(found) == f"<MethodComparison: {found.verdict} {told[0]} {told[1]}>"
    assert found.held_rows == 124
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert [one["method"] for one in told["methods"]] == ["random", "of-each"]
    assert told["methods"][1]["headline"] == "coverage_distance"
    assert told["methods"][1]["metrics"]["balance:kind"]["outcome"] == "different"
    assert told["methods"][1]["limits"] == [
        {"limit": "rows", "asked": 24, "least": 24, "most": 24, "held": True}
    ]
    assert told["methods"][1]["shares"]["kind"]["0"] == pytest.approx(2 / 24)
    assert told["random_shares"]["kind"]["0"] == pytest.approx(400 / 620, abs=0.1)
    lost = compare_methods(labeled_clusters(), 24, [Random()], repeats=5)
    assert lost.verdict == "No method here is better than random."


def test_a_probe_decides_where_one_is_asked_for():
    found = compare_methods(labeled_clusters(), 24, [OfEach()], repeats=5, probe="kind")
    head = found.results[0].headline
    assert head.measure.name == "probe_accuracy"
    assert head.value == 1.0
    assert head.outcome == "better"
    assert head.level == pytest.approx(0.95)


def test_intervals_share_their_risk_among_the_methods():
    found = compare_methods(labeled_clusters(), 24, [OfEach(), Random()], repeats=5, probe="kind")
    assert [one.headline.level for one in found.results] == [0.975, 0.975]
    others = found.results[0].others
    assert {one.tests for one in others} == {2 * len(others)}


def words(kind, size):
    rng = np.random.default_rng(size)
    return [" ".join(f"{kind}{one}" for one in rng.integers(0, 40, 12)) for _ in range(size)]


def test_held_out_target_text_decides_where_there_is_a_target_and_no_method_sees_it():
    seen = []
    target = Pool(30, texts=words("a", 30))
    pool = Pool(200, texts=[*words("a", 60), *words("b", 140)], targets=(target,))
    found = compare_methods(pool, 20, [Spy(seen=seen), Random()])
    head = found.results[0].headline
    assert head.measure.name == "target_surprise"
    assert [one.better for one in found.results] == [True, False]
    assert found.held_target_rows == 10
    assert {(len(texts), len(aims)) for texts, aims in seen} == {(160, 20)}
    assert len({frozenset(aims) for _, aims in seen}) > 1


def test_random_gets_the_time_that_a_method_takes():
    found = compare_methods(labeled_clusters(), 24, [OfEach()], repeats=5)
    same = found.results[0].same_time
    assert 1 <= same.draws <= 50
    assert same.beaten
    assert same.difference < 0


def test_a_log_tells_how_hard_the_picks_are_and_never_decides():
    pool = labeled_clusters()
    known = pool.groups("kind").codes == 0
    margins = np.where(known, 1.0, -1.0)
    log = Difficulty(margins, margins, np.where(known, 0.0, 3.0), margins, epochs=2)
    found = compare_methods(pool, 24, [OfEach()], repeats=5, probe="kind", log=log)
    values = {one.measure.name: one.value for one in found.results[0].others}
    assert values["never_learned"] == pytest.approx(22 / 24)
    assert values["mean_margin"] == pytest.approx((2 - 22) / 24)


def test_quotas_hold_in_every_repeat():
    budget = Budget(rows=30, at_least={"kind": {"5": 15}}, keep=[3], drop=[4, 5])
    found = compare_methods(labeled_clusters(), budget, [Random()], repeats=5)
    states = {one.limit: one for one in found.results[0].limits}
    assert states["kind:5 at least"].least >= 15
    assert states["rows to keep"].least == 1
    assert states["dropped rows"].most == 0
    assert all(one.held for one in states.values())


def test_what_cannot_be_compared_is_refused():
    pool = labeled_clusters()
    with pytest.raises(ParameterError, match="1 or more; a verdict takes 5"):
        compare_methods(pool, 3, [Random()], repeats=0)
    with pytest.raises(ParameterError, match="one or more"):
        compare_methods(pool, 3, [])
    with pytest.raises(BudgetError, match="no rows are left"):
        compare_methods(pool, len(pool), [Random()])
    with pytest.raises(SignalError, match="nothing to judge"):
        compare_methods(Pool(50), 3, [Random()])


@pytest.mark.parametrize("repeats", [1, 4])
def test_few_repeats_are_measured_and_get_no_verdict(tmp_path, repeats):
    found = compare_methods(labeled_clusters(), 24, [OfEach()], repeats=repeats, probe="kind")
    words = f"Too few repeats for a verdict ({repeats}; at least 5)"
    assert found.verdict == f"{words}."
    one = found.results[0]
    assert one.verdict.startswith(f"{words}: the accuracy of a linear probe")
    assert not one.better
    told = found.as_dict()["methods"][0]
    assert told["better_than_random"] is None
    head = told["metrics"][told["headline"]]
    assert head["outcome"] == "unknown"
    assert head["interval"] == [None, None]
    # The same splits as in a longer comparison, whose verdict is known.
    more = compare_methods(labeled_clusters(), 24, [OfEach()], repeats=5, probe="kind")
    assert more.results[0].headline.values[:repeats] == one.headline.values
    assert more.verdict == "Better than random: of-each."
    found.report(tmp_path / "compare.html")
    assert "cannot be told" in (tmp_path / "compare.html").read_text("utf-8")


def test_repeats_that_are_enough_for_one_method_may_be_too_few_for_many():
    one, many = (
        Paired(
            measure=COVERAGE,
            values=(1.0, 2.0, 3.0, 4.0, 5.5),
            random=(0.0,) * 5,
            tests=tests,
            overlap=0.0,
            seed=0,
        )
        for tests in (1, 200)
    )
    assert one.too_few == ""
    assert many.outcome == "unknown"
    assert "(5; not enough for 200 intervals at once)" in many.sentence()


def test_the_table_holds_whatever_was_measured_and_marks_what_differs():
    found = compare_methods(labeled_clusters(), 24, [Random(), OfEach()], repeats=5)
    head, *rows = method_lines(found)
    assert head == ("", "by chance", "random", "of-each")
    assert {len(row) for row in rows} == {4}
    table = {row[0]: row[1:] for row in rows}
    for one in found.results[1].others:
        assert one.measure.label in table
    sign = {"better": "+", "worse": "−", "different": "≠", "same": "", "unknown": ""}
    for one in (found.results[1].headline, *found.results[1].others):
        assert table[one.measure.label][-1].partition(" ")[2] == sign[one.outcome]
    assert table["rows, 24 asked"] == ("", "24", "24")
    groups = [row for row in rows if row[0].startswith("kind ")]
    assert groups[0][0] == "kind 0, 64.5% of the pool"
    assert groups[0][-1] == "8.3%"
    assert table["kind, 6 more, 19.4% of the pool"][-1] == "50.0%"


def test_what_stands_out_about_the_pool_is_told_beside_the_verdict(tmp_path):
    found = compare_methods(labeled_clusters(), 24, [Random()], repeats=5)
    dominant = "One group dominates the pool: 65% of its rows have kind “0”."
    assert dominant in found.findings
    assert found.as_dict()["findings"] == list(found.findings)
    found.report(tmp_path / "compare.html")
    assert dominant in (tmp_path / "compare.html").read_text("utf-8")
