"""Ask and hold the number of threads that BLAS and compiled loops use."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from threadpoolctl import threadpool_info, threadpool_limits


def compiled_threads() -> int:
    """How many threads compiled loops may use now; numba is not loaded to tell."""
    if numba := sys.modules.get("numba"):
        return int(numba.get_num_threads())
    # Nobody can have set another number than the one that numba starts with.
    return int(os.environ.get("NUMBA_NUM_THREADS") or _processors())


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_threads() -> int:
    """How many threads BLAS and compiled loops both may use now."""
    blas = [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]
    return int(min([compiled_threads(), *blas]))


@contextmanager
def limited_threads(number: int) -> Iterator[None]:
    """Use at most ``number`` threads inside the block, in this process.

    Args:
        number: Threads, 1 or more; compiled loops never exceed what numba started with.
    """
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
    try:
        with threadpool_limits(number):
            yield
    finally:
        numba.set_num_threads(before)


T = TypeVar("T")
R = TypeVar("R")


def in_threads(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Work on several items at once, and yield the results in the order of the items.

    BLAS and compiled loops get one thread in each, so that none waits for another.
    """
    number = min(available_threads(), len(items)) if len(items) > 1 else 1
    if number == 1:
        yield from map(work, items)
        return
    with limited_threads(1), ThreadPoolExecutor(number) as threads:
        yield from threads.map(work, items)


def stream_in_threads(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Work on a stream while it is being read, and yield the results in its order.

    Memory: as many items as there are threads, and one more.
    """
    number = available_threads()
    with limited_threads(1), Crew(number if number > 1 else 0) as crew:
        yield from crew.ahead(work, items)


class Crew:
    """Threads that stay open for many short streams. BLAS is to keep to one thread meanwhile.

    Args:
        size: How many, beside the thread that takes the results; with 0 that one does all. None
            for one less than compiled loops may use.
    """

    def __init__(self, size: int | None = None) -> None:
        self._size = size = compiled_threads() - 1 if size is None else size
        self._threads = ThreadPoolExecutor(size) if size else None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    def ahead(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield results in the order of the items, one a thread worked on ahead."""
        if self._threads is None:
            yield from map(work, items)
            return
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(self._threads.submit(work, item))
            if len(waiting) > self._size:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
