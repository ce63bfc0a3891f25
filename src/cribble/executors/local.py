"""This process: shard after shard, each with all threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Local:
    """Work in this process.

    Args:
        ranks: Number of shards that work is cut into, one after another. Kernels use all threads
            by themselves, so that more than one serves only to see that the cut changes nothing.
    """

    ranks: int = 1

    def map(self, work: Callable[..., R], *columns: Iterable[Any]) -> Iterator[R]:
        """Call ``work`` on one item after another."""
        return map(work, *columns)

    def stream(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Call ``work`` in threads, while the items are read."""
        from cribble.kernels.threads import stream_in_threads

        return stream_in_threads(work, items)

    def hold(self, value: T) -> T:
        """Hand the value back."""
        return value

    def take(self, array: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
        """Copy the rows."""
        taken: NDArray[Any] = array[rows]
        return taken

    def describe(self) -> dict[str, Any]:
        """Say that nothing left this process."""
        return {"executor": "local"}
