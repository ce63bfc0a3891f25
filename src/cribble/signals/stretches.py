"""The texts of a pool, read once from the front, stretch after stretch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cribble.core import TextBlock
from cribble.core.errors import SignalError

# Rows between two visits to the disk: some seconds of work.
STRETCH_ROWS = 1 << 18


def stretch_cuts(size: int) -> NDArray[np.int64]:
    """Where stretches of ``size`` rows begin and end, (s + 1,) ascending from 0."""
    return np.append(np.arange(0, size, STRETCH_ROWS), size).astype(np.int64)


class Stretches:
    """A stream of texts from which stretches of rows are asked in ascending order.

    Args:
        texts: Opens the stream; called when the first stretch is asked for.
        size: Number of texts there have to be.
    """

    def __init__(self, texts: Callable[[], Iterable[TextBlock]], size: int) -> None:
        self._texts = texts
        self._size = size
        self._stream: Iterator[TextBlock] | None = None
        self._rest: TextBlock | None = None
        self._at = 0

    def between(self, low: int, high: int) -> Iterator[tuple[int, TextBlock]]:
        """Read rows ``low`` to ``high``, in blocks as they come; rows before are passed over.

        Yields:
            The number of each block's first row, and the block.

        Raises:
            SignalError: The stream has not ``size`` texts.
        """
        if self._stream is None:
            self._stream = iter(self._texts())
        while self._at < high:
            block = self._next(self._stream)
            start, self._at = self._at, self._at + len(block)
            if self._at > high:
                self._rest = block.cut(high - start, len(block))
                block, self._at = block.cut(0, high - start), high
            if self._at <= low:
                continue
            skipped = max(0, low - start)
            yield start + skipped, block.cut(skipped, len(block)) if skipped else block
        if high == self._size:
            self._require_end(self._stream)

    def _next(self, stream: Iterator[TextBlock]) -> TextBlock:
        block, self._rest = self._rest, None
        if block is None:
            block = next(stream, None)
        if block is None:
            raise self._wrong(self._at)
        return block

    def _require_end(self, stream: Iterator[TextBlock]) -> None:
        more = (0 if self._rest is None else len(self._rest)) + sum(map(len, stream))
        if more:
            raise self._wrong(self._at + more)

    def _wrong(self, found: int) -> SignalError:
        return SignalError(
            "text", f"{found:,} texts for {self._size:,} rows", "hand over one text per row"
        )


def stretches_of(cuts: NDArray[np.int64], low: int, high: int) -> Iterator[tuple[int, int]]:
    """The stretches from number ``low`` to ``high``: first row and one past the last."""
    yield from pairwise(cuts[low : high + 1].tolist())
