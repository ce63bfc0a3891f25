"""The pool: what it hands out, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from cribble.core import Groups, Pool, TextBlock
from cribble.core.errors import ParameterError, SignalError, TargetError, UnknownNameError
from cribble.core.pool import BASE_BYTES


def test_a_signal_is_computed_when_asked_for_and_once() -> None:
    calls = []

    def compute() -> np.ndarray:
        calls.append(1)
        return np.ones((3, 2))

    pool = Pool(3, signals={"embedding": compute})
    assert not calls
    assert pool.signal("embedding", ndim=2) is pool.signal("embedding")
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("value", "ndim", "words"),
    [
        (np.ones(2), None, r"shape is \(2,\) for 3 rows"),
        (np.ones((3, 2, 1)), None, "shape"),
        (np.array(["a", "b", "c"]), None, "dtype"),
        (np.ones(3), 2, "one vector a row"),
        (np.ones((3, 1)), 1, "one number a row"),
        (np.array([0, np.nan, 1]), None, "row 1 holds NaN"),
        (np.array([[0, 1], [0, 1], [0, -np.inf]]), None, "row 2 holds NaN or infinity"),
    ],
)
def test_a_malformed_signal_is_refused(value: np.ndarray, ndim: int | None, words: str) -> None:
    with pytest.raises(SignalError, match=words):
        Pool(3, signals={"score": value}).signal("score", ndim=ndim)


def test_a_missing_signal_names_those_there_are() -> None:
    with pytest.raises(SignalError, match="it has: a, b"):
        Pool(1, signals={"b": [1.0], "a": [1.0]}).signal("embedding")


def test_values_become_groups_in_the_order_of_their_names() -> None:
    groups = Pool(4, groups={"source": ["b", "a", "b", 3]}).groups("source")
    assert groups.names == ("3", "a", "b")
    assert groups.codes.tolist() == [2, 1, 2, 0]


def test_groups_are_refused_if_unknown_or_of_another_length() -> None:
    pool = Pool(3, groups={"source": Groups(np.zeros(2, dtype=np.int64), ("a",))})
    with pytest.raises(SignalError, match="2 values for 3 rows"):
        pool.groups("source")
    with pytest.raises(UnknownNameError, match="mean source"):
        pool.groups("sources")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_part_reads_the_texts_of_its_own_rows(streamed: bool) -> None:
    texts = [f"row {row}" for row in range(9_000)]

    def blocks() -> list[TextBlock]:
        return [TextBlock.from_strings(texts[:5_000]), TextBlock.from_strings(texts[5_000:])]

    pool = Pool(9_000, texts=blocks if streamed else texts)
    rows = np.unique(np.random.default_rng(0).integers(9_000, size=6_000))
    part = pool.part(rows)
    assert [one for block in part.text_blocks() for one in block] == [texts[i] for i in rows]
    few = part.part(np.array([0, 3, len(rows) - 1]))
    wanted = [texts[rows[place]] for place in (0, 3, -1)]
    assert [one for block in few.text_blocks() for one in block] == wanted
    assert [one for block in pool.part(rows[:0]).text_blocks() for one in block] == []


def test_targets_are_there_and_not_empty() -> None:
    with pytest.raises(TargetError, match="none given"):
        Pool(1).target_pools()
    with pytest.raises(TargetError, match="no rows"):
        Pool(1, targets=[Pool(0)]).target_pools()


def test_a_block_holds_its_share_of_the_memory() -> None:
    pool = Pool(10, memory=1 << 20)
    assert pool.block_rows(1024) == 256
    assert pool.block_rows(1 << 30) == 1
    assert pool.block_rows(1) == 65_536
    with pytest.raises(ParameterError, match="memory"):
        Pool(10, memory=0)


def test_room_is_a_share_of_what_the_process_and_its_rows_leave() -> None:
    left = BASE_BYTES + 1_000
    assert Pool(0, memory=left).room(1 / 4) == 250
    assert 0 < Pool(4, memory=left).room(1) < Pool(2, memory=left).room(1) < 1_000
    assert Pool(1_000_000, memory=left).room(1) == 0
