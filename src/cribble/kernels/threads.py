"""Ask and hold the number of threads that BLAS and compiled loops use."""

from __future__ import annotations

import functools
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from threadpoolctl import ThreadpoolController


@functools.lru_cache(maxsize=1)
def _found(_modules: int) -> ThreadpoolController:
    return ThreadpoolController()


def _libraries() -> ThreadpoolController:
    """The libraries with threads: they come with modules, and a search takes milliseconds."""
    return _found(len(sys.modules))


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
    found = _libraries().info()
    blas = [library["num_threads"] for library in found if library["user_api"] == "blas"]
    return int(min([compiled_threads(), *blas]))


def limit_threads(number: int) -> None:
    """Use at most ``number`` threads from now on, in this process; see `limited_threads`."""
    import numba

    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
    _libraries().limit(limits=number)


class _Hold(NamedTuple):
    """What the innermost block holds BLAS to, and how many modules there were when it began."""

    threads: int
    modules: int


_held: _Hold | None = None


@contextmanager
def limited_threads(number: int) -> Iterator[None]:
    """Use at most ``number`` threads inside the block, in this process.

    A block inside another one that already holds as few threads costs next to nothing.

    Args:
        number: Threads, 1 or more; compiled loops never exceed what numba started with.
    """
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
    try:
        with _limited_blas(number):
            yield
    finally:
        numba.set_num_threads(before)


@contextmanager
def _limited_blas(number: int) -> Iterator[None]:
    global _held
    outer, now = _held, _Hold(number, len(sys.modules))
    # To ask and to set every library takes a tenth of a millisecond, a small method's own time.
    # A module that came meanwhile may have brought one that nobody holds yet.
    if outer == now:
        yield
        return
    with _libraries().limit(limits=number):
        _held = now
        try:
            yield
        finally:
            _held = outer


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
