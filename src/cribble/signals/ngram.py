"""Hashed n-grams of a pool: histograms of rows, and weighted sums by row, in streamed blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError, SignalError
from cribble.executors import executor_of

if TYPE_CHECKING:
    from cribble.kernels.ngrams import NgramBlock

R = TypeVar("R")

HASHES = ("fast", "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramFeatures:
    """How n-grams of words are hashed.

    Args:
        ngrams: Longest n-gram; all orders from 1 are hashed.
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

    def hash_block(self, block: TextBlock, wanted: NDArray[np.bool_]) -> NgramBlock:
        """Hash the n-grams of those of m texts that are wanted, (m,) bool."""
        from cribble.kernels import ngrams, ngrams_sha256

        kernel = ngrams if self.hash == "fast" else ngrams_sha256
        hashed: NgramBlock = kernel.hash_ngrams(block, self.ngrams, self.buckets, wanted)
        return hashed


class HashedPool:
    """The n-grams of a pool's texts, kept in memory after the first pass if they fit.

    Reading and hashing the texts costs ten times as much as a pass over the hashed ones.

    Args:
        features: How n-grams are hashed.
        pool: The pool, with text.
        room: Bytes that may be kept.

    Raises:
        SignalError: A pass finds no text, or not one a row.
    """

    def __init__(self, features: NgramFeatures, pool: Pool, room: int = 0) -> None:
        self._features = features
        self._pool = pool
        self._room = room
        self._kept: list[tuple[int, NgramBlock]] | None = None

    def histogram(self) -> NDArray[np.int64]:
        """Count the n-grams, (b,) int64."""
        found: NDArray[np.int64] = self.histograms(self._everything[None, :])[0]
        return found

    def histograms(self, subsets: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the n-grams of subsets in one pass.

        Args:
            subsets: (s, n) bool, the rows of each subset.

        Returns:
            (s, b) int64.
        """
        from cribble.kernels.ngrams import count_buckets

        size = len(subsets), self._features.buckets

        def count(start: int, block: NgramBlock) -> NDArray[np.int64]:
            counts = np.zeros(size, dtype=np.int64)
            for subset, into in zip(subsets, counts, strict=True):
                rows = np.flatnonzero(subset[start : start + len(block.tokens)])
                count_buckets(block, into, rows)
            return counts

        total = np.zeros(size, dtype=np.int64)
        for counts in self._stream(count, np.logical_or.reduce(subsets)):
            total += counts
        return total

    def weigh(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Sum the weights of each row's n-grams.

        Args:
            weights: (b, t) float64, t weightings.

        Returns:
            (n, t) float64 sums and (n,) int64 number of tokens.
        """
        from cribble.kernels.ngrams import weigh_buckets

        sums = np.empty((len(self._pool), weights.shape[1]))
        tokens = np.empty(len(self._pool), dtype=np.int64)

        def weigh(start: int, block: NgramBlock) -> tuple[slice, Any, Any]:
            rows = slice(start, start + len(block.tokens))
            return rows, weigh_buckets(block, weights), block.tokens

        for rows, some, lengths in self._stream(weigh, self._everything):
            sums[rows], tokens[rows] = some, lengths
        return sums, tokens

    @property
    def _everything(self) -> NDArray[np.bool_]:
        return np.ones(len(self._pool), dtype=np.bool_)

    def _stream(
        self, work: Callable[[int, NgramBlock], R], wanted: NDArray[np.bool_]
    ) -> Iterator[R]:
        """Call ``work`` on each block, whose first row has that number; other rows may be empty."""
        executor = executor_of(self._pool)
        if self._kept is not None:
            yield from executor.stream(lambda one: work(*one), self._kept)
            return
        features, keep = self._features, self._room > 0 and bool(wanted.all())

        def hash_and_work(numbered: tuple[int, TextBlock]) -> tuple[R, int, NgramBlock | None]:
            start, texts = numbered
            block = features.hash_block(texts, wanted[start : start + len(texts)])
            return work(start, block), start, block if keep else None

        kept: list[tuple[int, NgramBlock]] = []
        for result, start, block in executor.stream(hash_and_work, numbered_blocks(self._pool)):
            if block is not None and self._room > 0:
                kept.append((start, block))
                self._room -= block.nbytes
            yield result
        if keep and self._room > 0:
            self._kept = kept


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
