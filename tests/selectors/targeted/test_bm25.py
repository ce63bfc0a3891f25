"""BM25 round robin on texts whose best rows are plain to see."""

from cribble.core import Budget, Pool
from cribble.selectors.targeted.bm25 import Bm25

TEXTS = ["prime sum", "river", "river boat", "sum", "prime prime proof", "sea", "boat", "nothing"]
TARGET = ["prime proof", "boat"]


def choose(budget, *targets, **parameters):
    aims = [Pool(len(one), texts=one) for one in targets]
    return Bm25(**parameters).select(Pool(len(TEXTS), texts=TEXTS, targets=aims), budget)


def test_target_rows_take_turns():
    chosen = choose(Budget(rows=4), TARGET)
    # The first takes both its words, the second the shorter of two rows with its word.
    assert chosen.indices.tolist() == [4, 6, 0, 2]
    assert chosen.stats["picks_per_query"] == [2, 2]
    assert chosen.reasons[1].startswith("closest to target row 1 (BM25 ")


def test_targets_take_turns():
    chosen = choose(Budget(rows=3), TARGET, ["sea"])
    assert chosen.indices.tolist() == [4, 5, 6]
    assert "row 0 of target 1" in chosen.reasons[1]


def test_rows_that_share_no_word_come_last_in_their_order():
    chosen = choose(Budget(rows=len(TEXTS)), TARGET)
    assert chosen.indices[4:].tolist() == [1, 3, 5, 7]


def test_limits_are_passed_over_in_the_turn():
    chosen = choose(Budget(rows=3, keep=[7], drop=[4]), TARGET)
    assert chosen.indices.tolist() == [7, 0, 6]
    assert chosen.reasons[0] == "kept by the budget"
