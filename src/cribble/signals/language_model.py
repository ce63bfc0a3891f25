"""N-gram language models of pools, and how surprising each row is to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.core.errors import ParameterError
from cribble.signals.ngram import numbered_blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class NgramModel:
    """A hashed n-gram model; `cribble.kernels.language_model` says how it is smoothed.

    Args:
        ngrams: Longest n-gram.
        buckets: Hash buckets an order, b.
        strength: How many observations the next shorter context is worth.

    Raises:
        ParameterError: A parameter is outside what it may be.
    """

    ngrams: int = 2
    buckets: int = 1 << 18
    strength: float = 4.0

    def __post_init__(self) -> None:
        if self.ngrams < 1:
            raise ParameterError("ngrams", self.ngrams, "1 or more")
        if not 1 <= self.buckets < 1 << 31:
            raise ParameterError("buckets", self.buckets, "at least 1 and below 2**31")
        if not (np.isfinite(self.strength) and self.strength > 0):
            raise ParameterError("strength", self.strength, "above 0")

    def counts(self, pool: Pool, rows: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Count the n-grams of a pool.

        Args:
            pool: n rows with text.
            rows: (n,) bool, the rows to count; None for all.

        Returns:
            (ngrams, b) int64, the model.

        Raises:
            SignalError: The pool has no text, or not one a row.
        """
        from cribble.kernels.language_model import count_orders

        counts = np.zeros((self.ngrams, self.buckets), dtype=np.int64)
        for start, block in numbered_blocks(pool):
            part = None if rows is None else np.nonzero(rows[start : start + len(block)])[0]
            count_orders(block, counts, part)
        return counts

    def entropies(
        self, pool: Pool, *models: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Mean surprise a token of each row under several models, in one pass.

        Args:
            pool: n rows with text.
            models: m arrays of counts.

        Returns:
            (n, m) float64 nats a token, 0 for a row without one; and (n,) int64 tokens.

        Raises:
            SignalError: The pool has no text, or not one a row.
        """
        from cribble.kernels.language_model import surprise

        nats = np.empty((len(pool), len(models)))
        tokens = np.empty(len(pool), dtype=np.int64)
        for start, block in numbered_blocks(pool):
            part = slice(start, start + len(block))
            for m, counts in enumerate(models):
                nats[part, m], tokens[part] = surprise(block, counts, self.strength)
        return nats / np.maximum(tokens, 1)[:, None], tokens


def token_counts(pool: Pool) -> NDArray[np.int64]:
    """Count the tokens of each row, (n,) int64.

    Raises:
        SignalError: The pool has no text, or not one a row.
    """
    from cribble.kernels.ngrams import count_tokens

    parts = [count_tokens(block) for _, block in numbered_blocks(pool)]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])
