"""Moore-Lewis: rows that a model of the target predicts better than a model of the pool does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.constraints import Admission
from cribble.core import Budget, Card, Pool, Selection, row_uniforms
from cribble.signals.language_model import NgramModel, token_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class MooreLewis:
    """Cross-entropy difference of two n-gram language models.

    The score of a row is its surprise a token under a model of the pool, less that under a model
    of the target. As in the paper, the pool's model is trained on a random sample of about as
    many tokens as the target has, so that neither model knows more. Scores are means a token, so
    a short row may score high by a few words; rows without a token come last.

    Args:
        ngrams: Longest n-gram; the paper uses 4 with far larger targets.
        buckets: Hash buckets an order; 8 bytes each, for each of two models.
        strength: How many observations the next shorter context is worth.

    Raises:
        ParameterError: A parameter is outside what it may be.

    Source:
        Moore and Lewis (2010), Intelligent Selection of Language Model Training Data,
        doi:10.5555/1858842.1858883.
    """

    card: ClassVar[Card] = Card(
        "moore-lewis",
        family="targeted",
        needs=("text", "target"),
        cost="O(bytes of text)",
        memory="O(n + buckets)",
        row_bytes=110,
        source="doi:10.5555/1858842.1858883",
        explains=("score",),
    )
    ngrams: int = 2
    buckets: int = 1 << 18
    strength: float = 4.0

    def __post_init__(self) -> None:
        NgramModel(ngrams=self.ngrams, buckets=self.buckets, strength=self.strength)

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        """Pick the rows with the largest difference; ``seed`` draws the sample of the pool.

        Returns:
            indices: (k,) int64 rows, best first after the kept ones.
            scores: (n,) float64 difference, nats a token.
            stats: ``mean_difference`` of the picks, ``sample_rows`` of the pool's model.

        Raises:
            TargetError: There is no target, or one is empty.
            SignalError: Pool or target has no text, or not one a row.
            BudgetError: The budget asks for more rows than may be picked.
            QuotaError: The group limits cannot be met.
        """
        targets = pool.target_pools()
        admission = Admission(budget.resolve(pool))
        model = NgramModel(ngrams=self.ngrams, buckets=self.buckets, strength=self.strength)
        aim = np.sum([model.counts(target) for target in targets], axis=0)
        sample = _sample(token_counts(pool), int(aim[0].sum()), seed)
        entropies, tokens = model.entropies(pool, model.counts(pool, sample), aim)
        scores = entropies[:, 0] - entropies[:, 1]
        picks = admission.add_in_order(np.lexsort((-scores, tokens == 0)))
        return Selection(
            indices=picks,
            method="moore-lewis",
            seed=seed,
            scores=scores,
            stats={
                "mean_difference": float(scores[picks].mean()) if len(picks) else None,
                "sample_rows": int(sample.sum()),
            },
            pool=pool,
        )


def _sample(tokens: NDArray[np.int64], enough: int, seed: int) -> NDArray[np.bool_]:
    """Mark random rows, as few as hold ``enough`` tokens, or all."""
    order = np.argsort(row_uniforms(seed, "moore-lewis sample", 0, len(tokens)), kind="stable")
    number = int(np.searchsorted(np.cumsum(tokens[order]), enough)) + 1
    marked = np.zeros(len(tokens), dtype=np.bool_)
    marked[order[:number]] = True
    return marked
