"""BM25: how well the words of a row answer a query, from counts in hashed buckets alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError
from cribble.kernels.topk import Nearest
from cribble.signals.ngram import numbered_blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25:
    """Okapi BM25 over hashed words; characters of scripts without spaces are words.

    The score of a row for a query sums, over the query's words, how often the word stands in the
    query, times ``ln(1 + (n - f + 1/2) / (f + 1/2))`` with f the number of rows that hold the
    word, times ``c (k1 + 1) / (c + k1 (1 - b + b length / mean length))`` with c its count in the
    row.

    Args:
        k1: How slowly more of one word stops counting, 0 or more.
        b: How much long rows pay for their length, in [0, 1].
        ngrams: Longest n-gram that counts as a word.
        buckets: Number of hash buckets.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Robertson and Zaragoza (2009), doi:10.1561/1500000019; the logarithm of 1 plus the odds, as
        in Lucene, is never negative.
    """

    k1: float = 1.2
    b: float = 0.75
    ngrams: int = 1
    buckets: int = 1 << 20

    def __post_init__(self) -> None:
        if not (np.isfinite(self.k1) and self.k1 >= 0):
            raise ParameterError("k1", self.k1, "0 or more")
        if not 0 <= self.b <= 1:
            raise ParameterError("b", self.b, "in [0, 1]")
        if self.ngrams < 1:
            raise ParameterError("ngrams", self.ngrams, "1 or more")
        if not 1 <= self.buckets < 1 << 31:
            raise ParameterError("buckets", self.buckets, "at least 1 and below 2**31")

    def index(self, pool: Pool, queries: Pool) -> Index:
        """Count what the scores need, in one pass over the pool.

        Args:
            pool: n rows with text.
            queries: q rows with text.

        Raises:
            SignalError: The pool or the queries have no text, or not one a row.
        """
        from scipy.sparse import csr_array, vstack

        parts = [self._counts(block) for _, block in numbered_blocks(queries)]
        words = np.unique(np.concatenate([found for _, found, _ in parts]))
        columns = np.full(self.buckets, -1, dtype=np.int64)
        columns[words] = np.arange(len(words))
        asked = vstack(
            [
                csr_array(
                    (counts.astype(np.float64), columns[found], starts),
                    shape=(len(starts) - 1, len(words)),
                )
                for starts, found, counts in parts
            ]
        ).tocsc()
        frequency = np.zeros(len(words), dtype=np.int64)
        total = 0
        for _, block in numbered_blocks(pool):
            _, found, counts = self._counts(block)
            held = columns[found]
            frequency += np.bincount(held[held >= 0], minlength=len(words))
            total += int(counts.sum())
        odds = (len(pool) - frequency + 0.5) / (frequency + 0.5)
        weights = asked.T.multiply(np.log1p(odds)[:, None]).tocsr()
        return Index(self, columns, weights, total / max(1, len(pool)))

    def _counts(
        self, block: TextBlock
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        from cribble.kernels.ngrams import row_ngrams

        return row_ngrams(block, self.ngrams, self.buckets)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """What turns a row's words into its scores for q queries.

    Args:
        bm25: The parameters.
        columns: (buckets,) int64, the number of a word among those of the queries, or -1.
        weights: Sparse (words, q) float64.
        mean_length: Mean number of words of a row.
    """

    bm25: Bm25
    columns: NDArray[np.int64]
    weights: Any
    mean_length: float

    def scores(self, block: TextBlock) -> Any:
        """Score the rows of a block, sparse (m, q) float64; a function of each row alone."""
        from scipy.sparse import csr_array

        starts, found, counts = self.bm25._counts(block)
        sizes = np.concatenate([[0], np.cumsum(counts)])[starts]
        lengths = np.repeat(np.diff(sizes), np.diff(starts)) / max(self.mean_length, 1e-300)
        k1, b = self.bm25.k1, self.bm25.b
        values = counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths))
        where = self.columns[found]
        known = where >= 0
        ends = np.concatenate([[0], np.cumsum(known)])[starts]
        shape = (len(block), self.weights.shape[0])
        return csr_array((values[known], where[known], ends), shape=shape) @ self.weights

    def top(
        self,
        pool: Pool,
        count: int,
        starts: NDArray[np.int64],
        blocked: NDArray[np.bool_],
        memory: int,
    ) -> Nearest:
        """Find the rows with the largest score for each group of queries.

        A row's score for a group is its largest for any query of the group.

        Args:
            pool: n rows with text.
            count: Rows per group.
            starts: (t + 1,) int64, group i is the queries from ``starts[i]`` to ``starts[i + 1]``.
            blocked: (n,) bool, rows to pass over.
            memory: Bytes for the scores of a stretch of rows.

        Returns:
            The ``count`` best rows of each group, ties by the lowest row.
        """
        groups = len(starts) - 1
        best = Nearest(
            np.full((groups, count), -np.inf),
            np.full((groups, count), -1, dtype=np.int64),
            np.full((groups, count), -1, dtype=np.int64),
        )
        step = max(1, memory // (16 * int(starts[-1])))
        for first, block in numbered_blocks(pool):
            found = self.scores(block)
            for low in range(0, len(block), step):
                part = found[low : low + step].toarray()
                part[blocked[first + low : first + low + len(part)]] = -np.inf
                for group in range(groups):
                    _keep_best(best, group, part, starts, first + low)
        return best


def _keep_best(
    best: Nearest, group: int, part: NDArray[np.float64], starts: NDArray[np.int64], first: int
) -> None:
    """Merge the next rows into the best of one group; earlier rows win ties."""
    own = part[:, starts[group] : starts[group + 1]]
    owners = own.argmax(axis=1)
    scores = own[np.arange(len(own)), owners]
    rows = np.nonzero(scores > best.scores[group, -1])[0]
    if not len(rows):
        return
    merged = np.concatenate([best.scores[group], scores[rows]])
    order = np.argsort(-merged, kind="stable")[: best.scores.shape[1]]
    best.scores[group] = merged[order]
    best.rows[group] = np.concatenate([best.rows[group], rows + first])[order]
    owned = np.concatenate([best.owners[group], owners[rows] + starts[group]])
    best.owners[group] = owned[order]
