"""Texts are read once, where they are asked for, and travel as how to read them or as they are."""

from __future__ import annotations

import pickle

import pytest

from cribble.core import TextBlock
from cribble.core.errors import DataError
from cribble.core.unread import UnreadTexts, sent_by_value

READ = []


def read() -> TextBlock:
    READ.append(1)
    return TextBlock.from_strings(["a", "bc", "déf"])


def refused() -> TextBlock:
    raise DataError("a.jsonl", "there is no such file", "check the path")


def test_nothing_is_read_before_it_is_asked_for_and_then_once() -> None:
    READ.clear()
    block = UnreadTexts(read, 3)
    assert len(block) == 3
    assert block.cut(0, 3) is block
    assert not READ
    assert list(block) == ["a", "bc", "déf"]
    assert list(block.cut(1, 3)) == ["bc", "déf"]
    assert block.offsets.tolist() == [0, 1, 3, 7]
    assert len(READ) == 1


def test_what_travels_is_how_to_read_them_or_the_texts() -> None:
    READ.clear()
    there = pickle.loads(pickle.dumps([UnreadTexts(read, 3)]))[0]
    assert not READ
    assert list(there) == ["a", "bc", "déf"]
    with sent_by_value():
        sent = pickle.dumps(UnreadTexts(read, 3))
    assert len(READ) == 2
    assert list(pickle.loads(sent)) == ["a", "bc", "déf"]
    assert type(pickle.loads(sent)) is TextBlock
    assert len(READ) == 2


def test_what_is_wrong_is_said_where_they_are_read() -> None:
    block = UnreadTexts(refused, 3)
    with pytest.raises(DataError):
        block.data.sum()
    with sent_by_value(), pytest.raises(DataError):
        pickle.dumps(block)
