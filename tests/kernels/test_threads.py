"""How many threads there are, and that a limit holds inside its block alone."""

import threading
from collections.abc import Iterator

import pytest

from cribble.kernels.threads import (
    available_threads,
    in_threads,
    limited_threads,
    stream_in_threads,
)


def test_a_limit_is_seen_and_lifted():
    before = available_threads()
    assert before >= 1
    with limited_threads(1):
        assert available_threads() == 1
    assert available_threads() == before


def test_a_limit_inside_another_holds_and_gives_back_what_it_found():
    before = available_threads()
    with limited_threads(2):
        outer = available_threads()
        with limited_threads(1):
            with limited_threads(1):
                assert available_threads() == 1
            assert available_threads() == 1
            with limited_threads(2):
                assert available_threads() == outer
            assert available_threads() == 1
        assert available_threads() == outer
    with pytest.raises(ZeroDivisionError), limited_threads(1), limited_threads(1):
        1 // 0  # noqa: B018
    assert available_threads() == before


def test_results_come_in_the_order_of_the_items_with_one_blas_thread_each() -> None:
    with limited_threads(2):
        waited = threading.Barrier(2, timeout=10)

        def work(item: int) -> tuple[int, int]:
            if item < 2:
                # Two items are worked on at once, or this breaks.
                waited.wait()
            return item, available_threads()

        assert list(in_threads(work, range(7))) == [(item, 1) for item in range(7)]
        assert list(in_threads(lambda item: item, [])) == []


def test_a_stream_is_worked_on_in_order_and_read_only_a_little_ahead() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            read.append(item)
            yield item

    for number in (1, 2):
        with limited_threads(number):
            read.clear()
            results = stream_in_threads(lambda item: item * item, items())
            assert [next(results) for _ in range(5)] == [0, 1, 4, 9, 16]
            assert len(read) <= 5 + number
            assert list(results) == [item * item for item in range(5, 20)]


def test_an_error_in_a_stream_comes_out_where_its_item_stood() -> None:
    results = stream_in_threads(lambda item: 1 // item, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
