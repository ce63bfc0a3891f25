"""Ask and hold the number of threads that BLAS and compiled loops use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba
from threadpoolctl import threadpool_info, threadpool_limits


def available_threads() -> int:
    """How many threads BLAS and compiled loops both may use now."""
    blas = [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]
    return int(min([numba.get_num_threads(), *blas]))


@contextmanager
def limited_threads(number: int) -> Iterator[None]:
    """Use at most ``number`` threads inside the block, in this process.

    Args:
        number: Threads, 1 or more; compiled loops never exceed what numba started with.
    """
    before = numba.get_num_threads()
    numba.set_num_threads(min(number, numba.config.NUMBA_NUM_THREADS))
    try:
        with threadpool_limits(number):
            yield
    finally:
        numba.set_num_threads(before)
