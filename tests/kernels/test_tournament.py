import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.kernels.tournament import Tournament

small = st.integers(-3, 3).map(float)


@given(st.lists(small, max_size=40), st.lists(st.tuples(st.integers(0, 39), small), max_size=40))
def test_the_top_is_the_lowest_row_of_largest_key(keys, updates) -> None:
    tournament = Tournament(np.array(keys))
    now = np.array(keys)
    for row, key in [(None, None), *updates]:
        if row is not None and row < len(keys):
            now[row] = key
            tournament.update(np.array([row]), np.array([key]))
        assert tournament.top == (int(now.argmax()) if len(now) else -1)


def test_stale_rows_come_out_best_first_until_a_fresh_one_leads() -> None:
    tournament = Tournament(np.array([1.0, 5.0, 5.0, 4.0, 3.0]))
    stamps = np.array([-1, -1, -1, 7, -1])
    assert tournament.pop_stale(stamps, 7, 1).tolist() == [1]
    assert tournament.pop_stale(stamps, 7, 9).tolist() == [2]
    assert tournament.top == 3
    tournament.update(np.array([3]), np.array([-np.inf]))
    assert tournament.pop_stale(stamps, 7, 9).tolist() == [4, 0]
    assert tournament.top == -1


@given(
    st.lists(small, min_size=1, max_size=20),
    st.lists(st.lists(st.tuples(st.integers(0, 19), small), max_size=6), max_size=8),
)
def test_many_updates_at_once_are_the_same_as_one_by_one(keys, batches) -> None:
    tournament = Tournament(np.array(keys))
    now = np.array(keys)
    for batch in batches:
        batch = [(row, key) for row, key in dict(batch).items() if row < len(keys)]
        rows = np.array([row for row, _ in batch], dtype=np.int64)
        now[rows] = values = np.array([key for _, key in batch])
        tournament.update(rows, values)
        assert tournament.top == int(now.argmax())
    order = tournament.pop_stale(np.zeros(len(keys), dtype=np.int64), 1, len(keys))
    assert order.tolist() == np.argsort(-now, kind="stable").tolist()


@given(st.lists(st.tuples(small, st.integers(0, 1)), max_size=40), small, st.integers(0, 40))
def test_stale_rows_above_a_bar_are_all_found_or_none(rows, bar, most) -> None:
    keys = np.array([key for key, _ in rows])
    stamps = np.array([stamp for _, stamp in rows], dtype=np.int64)
    tournament = Tournament(keys)
    expected = np.nonzero((keys >= bar) & (stamps != 1))[0].tolist()
    found = tournament.stale_above(stamps, 1, bar, most).tolist()
    assert found == (expected if len(expected) <= most else [])
    assert tournament.top == (int(keys.argmax()) if len(keys) else -1)
