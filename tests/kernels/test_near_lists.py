"""Lists of near rows by any similarity, against plain Python."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cribble.core.errors import ParameterError
from cribble.kernels.near_lists import SET_MEASURES, near_lists, over_sets
from cribble.kernels.reference.near_lists import near_table, set_similarity

SETS = st.lists(st.sets(st.integers(0, 6), max_size=5), min_size=1, max_size=9)


def table_of(lists, size):
    found = np.zeros((size, size))
    for candidate in range(size):
        part = slice(lists.start[candidate], lists.start[candidate + 1])
        assert (np.diff(lists.rows[part]) > 0).all()
        found[lists.rows[part], candidate] = lists.values[part]
    return found


@given(SETS, st.integers(1, 9), st.sampled_from(SET_MEASURES))
@example([set(), set(), {1}], 1, "coincidence")
def test_sets_are_compared_by_definition(sets, count, measure):
    starts = np.cumsum([0, *map(len, sets)])
    members = np.array([one for each in sets for one in sorted(each)], dtype=np.int32)
    lists = near_lists(len(sets), count, over_sets(starts, members, measure))
    expected = near_table(
        len(sets), count, lambda i, j: np.float32(set_similarity(measure, sets[i], sets[j]))
    )
    np.testing.assert_allclose(table_of(lists, len(sets)), expected, rtol=1e-6)


def test_the_card_of_the_coincidence_index():
    left, right = {0, 1, 2}, {0, 1, 2, 3, 4, 5}
    assert set_similarity("overlap", left, right) == 1
    assert set_similarity("coincidence", left, right) == set_similarity("jaccard", left, right)
    half = {0, 1, 2}, {0, 1, 3}
    assert set_similarity("jaccard", *half) == 0.5
    assert set_similarity("coincidence", *half) == pytest.approx(1 / 3)


@pytest.mark.parametrize("value", [-0.5, np.nan, np.inf])
def test_a_similarity_that_breaks_the_promise_is_refused(value):
    with pytest.raises(ParameterError, match="finite and 0 or more"):
        near_lists(3, 2, lambda rows: np.full((len(rows), 3), value))


def test_a_similarity_of_another_shape_is_refused():
    with pytest.raises(ParameterError, match="shape"):
        near_lists(3, 2, lambda rows: np.ones((len(rows), 2)))
