"""Stretches of a stream of texts, whatever blocks it comes in."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cribble.core import TextBlock
from cribble.core.errors import SignalError
from cribble.signals import stretches
from cribble.signals.stretches import Stretches, stretch_cuts, stretches_of


def blocks_of(sizes):
    rows = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1]) if sizes else []
    return [TextBlock.from_strings([f"text {row}" for row in some]) for some in rows]


@given(st.lists(st.integers(0, 9), max_size=8), st.sets(st.integers(0, 40), max_size=5), st.data())
def test_every_stretch_holds_its_rows(sizes, cuts, data):
    n = sum(sizes)
    edges = sorted({0, n, *(cut for cut in cuts if cut < n)})
    read = Stretches(lambda: blocks_of(sizes), n)
    for low, high in itertools.pairwise(edges):
        if data.draw(st.booleans()):
            continue
        found = list(read.between(low, high))
        texts = [text for _, block in found for text in block]
        assert texts == [f"text {row}" for row in range(low, high)]
        starts = np.cumsum([low, *(len(block) for _, block in found)])[:-1]
        assert [start for start, _ in found] == starts.tolist()


@pytest.mark.parametrize("size", [0, 4, 6])
def test_a_stream_of_another_length_is_refused(size):
    with pytest.raises(SignalError, match=f"5 texts for {size} rows"):
        list(Stretches(lambda: blocks_of([2, 3]), size).between(0, size))


def test_cuts_are_a_stretch_apart(monkeypatch):
    monkeypatch.setattr(stretches, "STRETCH_ROWS", 4)
    cuts = stretch_cuts(10)
    assert cuts.tolist() == [0, 4, 8, 10]
    assert list(stretches_of(cuts, 1, 3)) == [(4, 8), (8, 10)]
    assert stretch_cuts(8).tolist() == [0, 4, 8]
    assert stretch_cuts(0).tolist() == [0]
