"""How well a language model that is trained on some texts predicts others."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cribble.core import TextBlock

BUCKETS = 1 << 18
STRENGTH = 4.0


def perplexity(
    training: Iterable[TextBlock],
    held_out: Iterable[TextBlock],
    *,
    ngrams: int = 2,
    buckets: int = BUCKETS,
    strength: float = STRENGTH,
) -> float:
    """Perplexity of held-out texts under a hashed n-gram model of the training texts.

    A small number says that the training texts read like the held-out ones. It falls with the
    number of training tokens, so compare selections of about equal size only; and the number is
    comparable only among equal ``ngrams``, ``buckets`` and ``strength``.

    Args:
        training: Texts to count.
        held_out: Texts to predict; none of them should be in the training.
        ngrams: Longest n-gram.
        buckets: Hash buckets an order.
        strength: How many observations the shorter context is worth.

    Returns:
        exp of the mean surprise a token; nan if there is no token to predict.
    """
    nats, tokens = surprises(training, held_out, ngrams=ngrams, buckets=buckets, strength=strength)
    total = int(tokens.sum())
    return math.exp(math.fsum(nats) / total) if total else math.nan


def surprises(
    training: Iterable[TextBlock],
    held_out: Iterable[TextBlock],
    rows: NDArray[np.int64] | None = None,
    *,
    ngrams: int = 2,
    buckets: int = BUCKETS,
    strength: float = STRENGTH,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Surprise of each held-out text, from which `perplexity` takes the mean.

    Args:
        training: Texts to count.
        held_out: Texts to predict.
        rows: Which of the texts to count, ascending; None for all.
        ngrams: Longest n-gram.
        buckets: Hash buckets an order.
        strength: How many observations the shorter context is worth.

    Returns:
        (q,) float64 nats and (q,) int64 tokens.
    """
    from cribble.kernels.language_model import count_orders, surprise

    counts = np.zeros((ngrams, buckets), dtype=np.int64)
    start = 0
    for block in training:
        own = None
        if rows is not None:
            low, high = np.searchsorted(rows, (start, start + len(block)))
            own = rows[low:high] - start
        count_orders(block, counts, own)
        start += len(block)
    parts = [surprise(block, counts, strength) for block in held_out]
    nats = np.concatenate([np.empty(0), *(one for one, _ in parts)])
    return nats, np.concatenate([np.empty(0, dtype=np.int64), *(one for _, one in parts)])
