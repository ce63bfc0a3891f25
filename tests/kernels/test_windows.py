from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cribble.core import TextBlock
from cribble.kernels.reference.windows import window_set, words
from cribble.kernels.windows import count_words, find_windows, window_sets, windows_of

ALPHABET = "ab B,.\n_-é漢字 '7"
TEXTS = st.lists(st.text(ALPHABET, max_size=40), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 4))
def test_sets_have_as_many_windows_in_common_as_the_twins(texts, width):
    block = TextBlock.from_strings(texts)
    starts, hashes = window_sets(block, width)
    ours = [set(hashes[a:b].tolist()) for a, b in pairwise(starts)]
    twins = [window_set(text, width) for text in texts]
    assert count_words(block).tolist() == [len(words(text)) for text in texts]
    for row, mine in enumerate(ours):
        assert np.array_equal(hashes[starts[row] : starts[row + 1]], sorted(mine))
        for other in range(row + 1):
            assert len(mine & ours[other]) == len(twins[row] & twins[other])


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, st.integers(2, 4), st.integers(1, 3))
def test_found_are_the_texts_that_hold_a_window(texts, sought, width, shortest):
    _, widths, hashes, _ = windows_of(TextBlock.from_strings(sought), width, shortest)
    place, covered, total = find_windows(
        TextBlock.from_strings(texts), np.unique(widths), np.unique(hashes)
    )
    known = {
        window
        for text in sought
        if len(words(text)) >= min(width, shortest)
        for window in window_set(text, width)
    }
    for row, text in enumerate(texts):
        found = words(text)
        inside = [
            range(at, at + len(window))
            for at in range(len(found))
            for window in known
            if tuple(found[at : at + len(window)]) == window
        ]
        assert (place[row] >= 0) == bool(inside)
        assert covered[row] == len({at for one in inside for at in one})
        assert total[row] == len(found)
