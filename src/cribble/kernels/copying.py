"""Copies inside compiled code."""

from __future__ import annotations

from typing import Any

from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def copy_head(target: NDArray[Any], source: NDArray[Any], count: int) -> None:
    """Copy the first ``count`` entries.

    A slice assignment would do, but numba then compiles the text of its shape error, which takes
    four seconds.

    Args:
        target: (at least count,) array.
        source: (at least count,) array of the same dtype.
        count: Entries to copy.
    """
    for i in range(count):
        target[i] = source[i]
