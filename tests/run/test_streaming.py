"""A stream chosen from in one pass: the picks of the pool, few records held, bad input refused."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import cribble as cb
from cribble.core import Budget, Pool, Silent, TextBlock, stream
from cribble.core.errors import BudgetError, ParameterError, SignalError
from cribble.selectors.constrained.sieve_streaming import SieveStreaming
from cribble.signals.embedding import keep_nothing
from cribble.signals.hashed import HashedEmbedder


class Record:
    """A record that can be watched."""

    def __init__(self, vector: Any) -> None:
        self.vector = vector


def rows_of(seed: int, n: int, d: int = 6) -> Any:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


@pytest.mark.parametrize("objective", ["facility-location", "feature-based", "log-det"])
def test_a_stream_gives_the_picks_of_the_pool_in_that_order(objective: str) -> None:
    X = rows_of(1, 900)
    pooled = SieveStreaming(objective=objective).select(Pool.from_array(X), Budget(rows=15), 3)
    found = cb.stream((one for one in X), 15, objective=objective, seed=3)
    np.testing.assert_array_equal(found.positions, pooled.indices)
    np.testing.assert_array_equal(found.gains, pooled.gains)
    assert found.upper_bound == pooled.upper_bound
    assert found.seen == 900
    np.testing.assert_array_equal(np.stack(found.records), X[pooled.indices])


def test_the_picks_are_those_of_the_pool_towards_the_same_reference() -> None:
    X = rows_of(2, 1_300)
    drawn = np.sort(stream(5, "reference").choice(1_300, 200, replace=False))
    method = SieveStreaming(reference=200)
    pooled = method.select(Pool.from_array(X), Budget(rows=9), 5)
    found = cb.stream(iter(X), 9, towards=X[drawn], seed=5)
    np.testing.assert_array_equal(found.positions, pooled.indices)
    np.testing.assert_allclose(found.gains * 1_300 / 200, pooled.gains)


def test_the_head_of_the_stream_is_the_reference_and_certifies_nothing() -> None:
    X = rows_of(3, 2_000)
    by_head = cb.stream(iter(X), 10, reference=700)
    same = cb.stream(iter(X), 10, towards=X[:1_024][:700])
    np.testing.assert_array_equal(by_head.positions, same.positions)
    assert by_head.upper_bound is None
    assert same.upper_bound is not None
    assert by_head.value == pytest.approx(same.value * 2_000 / 700)


def test_few_records_are_alive_at_any_time() -> None:
    X = rows_of(4, 6_000, 4)
    alive: weakref.WeakSet[Record] = weakref.WeakSet()
    most = []

    def records() -> Iterator[Record]:
        for row in X:
            record = Record(row)
            alive.add(record)
            most.append(len(alive))
            yield record

    found = cb.stream(
        records(), 5, embed=lambda block: np.stack([one.vector for one in block]), reference=300
    )
    sets = np.log(10) / np.log(1.1) + 3
    assert found.held <= 5 * sets
    # A block that is read while the block before it has just passed, beside what is held.
    assert max(most) <= 5 * sets + 2 * 512
    assert all(isinstance(one, Record) for one in found.records)


def test_records_hold_their_vectors_under_embedding() -> None:
    X = rows_of(5, 40)
    records = ({"id": str(at), "embedding": row.tolist()} for at, row in enumerate(X))
    found = cb.stream(records, 4)
    assert [one["id"] for one in found.records] == [str(at) for at in found.positions]


def test_no_records_are_asked_of_nothing() -> None:
    assert cb.stream(iter(()), 0).records == ()
    assert cb.stream(iter(rows_of(6, 10)), 0).seen == 10


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(BudgetError, match="ended after 3"):
        cb.stream(iter(np.eye(3)), 4)
    with pytest.raises(BudgetError, match="negative"):
        cb.stream(iter(np.eye(3)), -1)
    with pytest.raises(ParameterError, match="one pass"):
        cb.stream(iter(np.eye(3)), 1, method="fair-streaming")
    with pytest.raises(SignalError, match="record 1 is not finite"):
        cb.stream(iter([[1.0, 2.0], [np.nan, 1.0]]), 1)
    with pytest.raises(SignalError, match="one length"):
        cb.stream(iter([[1.0, 2.0], [1.0]]), 1)
    with pytest.raises(SignalError, match="only id"):
        cb.stream(iter([{"id": 1}]), 1)
    with pytest.raises(SignalError, match="not \\(3, 'd'\\)"):
        cb.stream(iter(np.eye(3)), 1, embed=lambda block: np.ones((2, 2)))
    with pytest.raises(SignalError, match="not \\(88, 4\\)"):
        cb.stream(
            iter(rows_of(7, 600, 4)),
            1,
            embed=lambda block: np.ones((len(block), 4 + (len(block) < 512))),
        )


def test_a_stream_of_texts_is_embedded_by_the_built_in_embedder() -> None:
    kinds = ("the cat sat on the mat", "two plus three is five", "rain falls in the hills")
    rows = [{"id": row, "text": f"{kinds[row % 3]} {row % 7}"} for row in range(2_500)]
    head = TextBlock.from_strings([one["text"] for one in rows[:2_048]])
    embedder = HashedEmbedder().fit(lambda: [head], 2_048, 0, Silent(), keep_nothing)

    def embed(some: list[Any]) -> Any:
        return embedder.embed_block(TextBlock.from_strings([one["text"] for one in some]))

    found, same = cb.stream(iter(rows), 9), cb.stream(iter(rows), 9, embed=embed)
    assert found.positions.tolist() == same.positions.tolist()
    assert found.value == same.value
    assert found.seen == 2_500


def test_a_record_of_the_stream_without_text_is_named() -> None:
    rows = [{"text": f"one {row}"} for row in range(2_100)]
    rows[2_099] = {"text": None}
    with pytest.raises(SignalError, match=r"row 2,099 of the stream"):
        cb.stream(iter(rows), 3)
