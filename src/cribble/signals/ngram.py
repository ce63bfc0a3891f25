"""Hashed n-grams of a pool: histograms of rows, and weighted sums by row, in streamed blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Executor, Pool, TextBlock
from cribble.core.errors import ParameterError
from cribble.executors import Local, executor_of
from cribble.signals.stretches import Stretches, stretch_cuts, stretches_of

if TYPE_CHECKING:
    from cribble.kernels.ngrams import NgramBlock

R = TypeVar("R")

HASHES = ("fast", "sha256")
# Workers keep no n-grams from pass to pass: as many of them are faster all the same.
_REPAID_RANKS = 4


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

    def hash_block(self, block: TextBlock) -> NgramBlock:
        """Hash the n-grams of texts."""
        from cribble.kernels import ngrams, ngrams_sha256

        kernel = ngrams if self.hash == "fast" else ngrams_sha256
        hashed: NgramBlock = kernel.hash_ngrams(block, self.ngrams, self.buckets)
        return hashed


class HashedPool:
    """The n-grams of a pool's texts, kept in memory after the first pass if they fit.

    Reading and hashing the texts costs ten times as much as a pass over the hashed ones. Sums are
    kept where the pool keeps what was worked out, stretch by stretch, for a run that is killed.

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
        self._kept: list[tuple[int, NgramBlock]] = []

    def histogram(self) -> NDArray[np.int64]:
        """Count the n-grams, (b,) int64."""
        found: NDArray[np.int64] = self.histograms(self._everything[None, :])[0]
        return found

    def histograms(self, subsets: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the n-grams of subsets in one pass; other rows are read only to be kept.

        Args:
            subsets: (s, n) bool, the rows of each subset.

        Returns:
            (s, b) int64.
        """
        from cribble.kernels.ngrams import count_buckets

        wanted = np.flatnonzero(subsets.any(axis=0))
        if len(wanted) < len(self._pool) and not self._complete:
            part = HashedPool(self._features, self._pool.part(wanted))
            return part.histograms(subsets[:, wanted])
        size = len(subsets), self._features.buckets
        cuts = stretch_cuts(len(self._pool))
        texts = self._open()

        def count(marks: NDArray[np.bool_], block: NgramBlock) -> NDArray[np.int64]:
            counts = np.zeros(size, dtype=np.int64)
            for subset, into in zip(marks, counts, strict=True):
                count_buckets(block, into, np.flatnonzero(subset))
            return counts

        def lines(low: int, high: int) -> NDArray[np.int64]:
            total = np.zeros((high - low, *size), dtype=np.int64)
            for place, (first, last) in enumerate(stretches_of(cuts, low, high)):
                for counts in self._stream(count, texts, first, last, subsets):
                    total[place] += counts
            return total.reshape(len(total), -1)

        name = f"n-gram-counts {self._features} {_digest(np.packbits(subsets, axis=1))}"
        numbers = np.arange(len(cuts))
        found = self._pool.derived_rows(
            "text", name, size[0] * size[1], numbers, lines, dtype=np.int64
        )
        total: NDArray[np.int64] = found.sum(axis=0).reshape(size)
        return total

    def weigh(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Sum the weights of each row's n-grams.

        Args:
            weights: (b, t) float64, t weightings.

        Returns:
            (n, t) float64 sums and (n,) int64 number of tokens.
        """
        from cribble.kernels.ngrams import weigh_buckets

        texts, everything = self._open(), self._everything[None, :]

        def weigh(marks: NDArray[np.bool_], block: NgramBlock) -> NDArray[np.float64]:
            return np.column_stack([weigh_buckets(block, weights), block.tokens])

        def lines(low: int, high: int) -> NDArray[np.float64]:
            return np.concatenate([*self._stream(weigh, texts, low, high, everything)])

        found = self._pool.derived_rows(
            "text",
            f"n-gram-weights {self._features} {_digest(weights)}",
            weights.shape[1] + 1,
            stretch_cuts(len(self._pool)),
            lines,
            dtype=np.float64,
        )
        return np.array(found[:, :-1]), found[:, -1].astype(np.int64)

    @property
    def _everything(self) -> NDArray[np.bool_]:
        return np.ones(len(self._pool), dtype=np.bool_)

    def _open(self) -> Stretches:
        """Begin a pass over the texts."""
        if not self._complete:
            self._kept.clear()
        return Stretches(self._pool.text_blocks, len(self._pool))

    @property
    def _complete(self) -> bool:
        return sum(len(block.tokens) for _, block in self._kept) == len(self._pool)

    def _stream(
        self,
        work: Callable[[NDArray[np.bool_], NgramBlock], R],
        texts: Stretches,
        low: int,
        high: int,
        subsets: NDArray[np.bool_],
    ) -> Iterator[R]:
        """Call ``work`` on each block of rows ``low`` to ``high`` and its marks of the subsets."""
        executor = self._executor()
        if self._complete:
            items = (
                (subsets[:, start : start + len(block.tokens)], block)
                for start, block in self._kept
                if low <= start < high
            )
            yield from executor.stream(lambda one: work(*one), items)
            return
        # Hashing anew costs a worker less than sending what was hashed there and back.
        features, keep = self._features, isinstance(executor, Local) and self._room > 0

        def hash_and_work(item: tuple[int, TextBlock, NDArray[np.bool_]]) -> Any:
            start, block, marks = item
            hashed = features.hash_block(block)
            return work(marks, hashed), start, hashed if keep else None

        marked = (
            (start, block, subsets[:, start : start + len(block)])
            for start, block in texts.between(low, high)
        )
        for result, start, hashed in executor.stream(hash_and_work, marked):
            if hashed is not None and self._room > 0:
                self._kept.append((start, hashed))
                self._room -= hashed.nbytes
                if self._room <= 0:
                    self._kept.clear()
            yield result

    def _executor(self) -> Executor:
        """Where a pass is made: here while what is hashed can be kept, unless ranks are many."""
        asked = executor_of(self._pool)
        return Local() if self._room > 0 and asked.ranks < _REPAID_RANKS else asked


def _digest(array: NDArray[Any]) -> str:
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()


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
    yield from Stretches(pool.text_blocks, len(pool)).between(0, len(pool))
