"""Text blocks and groups."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import Groups, TextBlock


@given(st.lists(st.text(), max_size=8))
def test_a_text_block_gives_its_strings_back(texts: list[str]) -> None:
    block = TextBlock.from_strings(texts)
    assert list(block) == texts
    assert len(block) == len(texts)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_places_count_the_earlier_rows_of_the_group(codes: list[int], chance: object) -> None:
    order = list(range(len(codes)))
    chance.shuffle(order)
    order = order[: len(order) // 2 + 1]
    places = Groups(np.array(codes), tuple("abcd")).places(np.array(order))
    expected = [
        sum(codes[earlier] == codes[row] for earlier in order[:at]) for at, row in enumerate(order)
    ]
    assert places.tolist() == expected
