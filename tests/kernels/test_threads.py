"""How many threads there are, and that a limit holds inside its block alone."""

import threading

from cribble.kernels.threads import available_threads, in_threads, limited_threads


def test_a_limit_is_seen_and_lifted():
    before = available_threads()
    assert before >= 1
    with limited_threads(1):
        assert available_threads() == 1
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
