from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import Pool, Selection
from cribble.run.revision import Changes

SIZE, CHOSEN = 8, [5, 2, 7, 0]

moves = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(0, SIZE - 1), st.booleans()),
        st.tuples(st.just("cut"), st.integers(0, len(CHOSEN)), st.just(True)),
    ),
    max_size=12,
)


@given(moves)
def test_a_row_goes_where_it_was_put_and_stays_whatever_the_slider_does(done):
    changes = Changes()
    put: dict[int, bool] = {}
    first = len(CHOSEN)
    for what, number, inside in done:
        if what == "cut":
            changes = Changes(number, changes.added, changes.removed)
            first = number
            continue
        before = set(changes.picks(np.array(CHOSEN)).tolist())
        rank = CHOSEN.index(number) if number in CHOSEN else None
        changes = changes.moved(number, inside=inside, rank=rank)
        after = set(changes.picks(np.array(CHOSEN)).tolist())
        assert (number in after) is inside
        assert after - {number} == before - {number}
        put[number] = inside
    picks = changes.picks(np.array(CHOSEN)).tolist()
    assert len(set(picks)) == len(picks)
    untouched = [row for row in CHOSEN[:first] if row not in put]
    assert [row for row in picks if row not in put] == untouched
    if not done:
        assert picks == CHOSEN


def selection():
    return Selection(
        indices=np.array(CHOSEN),
        method="made-up",
        gains=np.array([4.0, 3.0, 2.0, 1.0]),
        weights=np.ones(4),
        value=10.0,
        upper_bound=12.0,
        pool=Pool(SIZE),
    )


def test_what_a_changed_choice_no_longer_has_is_gone():
    changed = Changes(3, added=(1,), removed=(2,)).apply(selection())
    assert changed.indices.tolist() == [5, 7, 1]
    assert changed.method == "made-up, changed by hand"
    assert (changed.value, changed.upper_bound, changed.gains, changed.weights) == (None,) * 4
    assert list(changed.reasons or ()) == ["added 4", "added 2", "put in by hand"]


def test_without_changes_the_choice_is_the_method_s_own():
    whole = selection()
    assert Changes().apply(whole) is whole


@pytest.mark.parametrize(
    ("row", "picked", "ending"),
    [
        (5, True, "it added 4 to the value at the time"),
        (2, False, "taken out by hand"),
        (0, False, "only the first 3 picks are taken"),
        (1, True, "put in by hand"),
        (3, False, "was not picked by made-up"),
    ],
)
def test_why_a_row_is_in_names_the_hand(row, picked, ending):
    told = Changes(3, added=(1,), removed=(2,)).explain(selection(), row)
    assert told.picked is picked
    assert told.text.endswith(ending)


def test_changes_are_read_as_they_were_recorded():
    record = {"revision": {"first": 3, "added": [1], "removed": [2], "rows": 4, "picks": ""}}
    assert Changes.recorded(record) == Changes(3, (1,), (2,))
    assert Changes.recorded({}) == Changes()
    assert Changes(3, (1,), (2,)).summary(4) == (
        "the first 3 of 4 picks taken, 1 put in by hand, 1 taken out by hand"
    )
