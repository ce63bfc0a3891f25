"""Hashed n-grams of a pool: histograms of rows, and weighted sums by row, in streamed blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError, SignalError
from cribble.executors import executor_of

HASHES = ("fast", "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramFeatures:
    """Counts of hashed n-grams of words.

    Args:
        ngrams: Longest n-gram; all orders from 1 are counted.
        buckets: Number of hash buckets, b.
        hash: "fast", compiled; or "sha256", the buckets of the `data-selection` package.

    Raises:
        ParameterError: A parameter is outside what it may be.
    """

    ngrams: int = 2
    buckets: int = 10_000
    hash: str = "fast"

    def __post_init__(self) -> None:
        if self.ngrams < 1:
            raise ParameterError("ngrams", self.ngrams, "1 or more")
        if not 1 <= self.buckets < 1 << 31:
            raise ParameterError("buckets", self.buckets, "at least 1 and below 2**31")
        if self.hash not in HASHES:
            raise ParameterError("hash", self.hash, " or ".join(map(repr, HASHES)))

    def histogram(self, pool: Pool) -> NDArray[np.int64]:
        """Count the n-grams of a pool.

        Args:
            pool: The pool, with text.

        Returns:
            (b,) int64.

        Raises:
            SignalError: The pool has no text, or not one a row.
        """

        def count(numbered: tuple[int, TextBlock]) -> NDArray[np.int64]:
            counts = np.zeros(self.buckets, dtype=np.int64)
            self._kernel.count_ngrams(numbered[1], self.ngrams, counts)
            return counts

        total = np.zeros(self.buckets, dtype=np.int64)
        for counts in executor_of(pool).stream(count, numbered_blocks(pool)):
            total += counts
        return total

    def histograms(self, pool: Pool, subsets: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the n-grams of subsets of a pool in one pass; other rows are not scanned.

        Args:
            pool: The pool, with text.
            subsets: (s, n) bool, the rows of each subset.

        Returns:
            (s, b) int64.

        Raises:
            SignalError: The pool has no text, or not one a row.
        """
        counts = np.zeros((len(subsets), self.buckets), dtype=np.int64)
        for start, block in numbered_blocks(pool):
            for subset, into in zip(subsets, counts, strict=True):
                rows = np.nonzero(subset[start : start + len(block)])[0]
                self._kernel.count_ngrams(block, self.ngrams, into, rows)
        return counts

    def weigh(
        self, pool: Pool, weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Sum the weights of each row's n-grams.

        Args:
            pool: The pool, with text.
            weights: (b, t) float64, t weightings.

        Returns:
            (n, t) float64 sums and (n,) int64 number of tokens.

        Raises:
            SignalError: The pool has no text, or not one a row.
        """
        sums = np.empty((len(pool), weights.shape[1]))
        tokens = np.empty(len(pool), dtype=np.int64)

        def weigh(numbered: tuple[int, TextBlock]) -> tuple[int, Any, Any]:
            start, block = numbered
            return start, *self._kernel.weigh_ngrams(block, self.ngrams, weights)

        for start, some, lengths in executor_of(pool).stream(weigh, numbered_blocks(pool)):
            rows = slice(start, start + len(lengths))
            sums[rows], tokens[rows] = some, lengths
        return sums, tokens

    @property
    def _kernel(self) -> Any:
        from cribble.kernels import ngrams, ngrams_sha256

        return ngrams if self.hash == "fast" else ngrams_sha256


class HeldTexts:
    """The texts of a pool, kept in memory after the first complete reading if they fit.

    Parsing a file again costs more than scanning its texts does.

    Args:
        pool: The pool, with text.
        room: Bytes that may be kept.
    """

    def __init__(self, pool: Pool, room: int) -> None:
        self._pool = pool
        self._room = room
        self._blocks: list[TextBlock] | None = None

    def __call__(self) -> Iterator[TextBlock]:
        """Stream the texts, in row order."""
        if self._blocks is not None:
            yield from self._blocks
            return
        blocks: list[TextBlock] = []
        size = 0
        for block in self._pool.text_blocks():
            size += block.data.nbytes + block.offsets.nbytes
            if size <= self._room:
                blocks.append(block)
            else:
                blocks.clear()
            yield block
        if size <= self._room:
            self._blocks = blocks


def share_a_token(pool: Pool, other: Pool) -> bool:
    """Tell whether any token of the pool occurs in the other; stops at the first that does.

    Tokens are compared by their 64-bit hashes, so that full buckets hide nothing.
    """
    from cribble.kernels import ngrams

    hashes = [ngrams.token_hashes(block) for _, block in numbered_blocks(other)]
    known = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *hashes]))
    return any(ngrams.has_token_among(block, known) for block in pool.text_blocks())


def joined(pools: Sequence[Pool]) -> Pool:
    """One pool with the texts of several, in order, and nothing else of them."""
    return Pool(
        sum(map(len, pools)),
        texts=lambda: (block for pool in pools for _, block in numbered_blocks(pool)),
    )


def numbered_blocks(pool: Pool) -> Iterator[tuple[int, TextBlock]]:
    """Yield each block with the number of its first row; refuse a stream of another length."""
    start = 0
    for block in pool.text_blocks():
        if start + len(block) <= len(pool):
            yield start, block
        start += len(block)
    if start != len(pool):
        raise SignalError(
            "text", f"{start:,} texts for {len(pool):,} rows", "hand over one text per row"
        )
