"""How much a row reads like the target rather than the pool, told by a linear classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock, row_uniforms
from cribble.signals.ngram import joined, numbered_blocks

NGRAMS, BUCKETS = 2, 1 << 18
# Pool rows to learn from for each target row, and at least so many.
_TIMES, _LEAST = 10, 2_000


def target_log_odds(pool: Pool, targets: Sequence[Pool], seed: int) -> NDArray[np.float64]:
    """Log-odds of each row being from the target, by logistic regression on hashed n-grams.

    Two models learn to tell the target from random rows of either half of the pool, and each
    scores the other half, so that no row is scored by a model that was told it is not wanted.
    Both classes weigh the same.

    Args:
        pool: n rows with text.
        targets: Pools with text.
        seed: Draws the halves and the rows to learn from.

    Returns:
        (n,) float64; all 0 where a half has no rows to learn from.

    Raises:
        SignalError: Pool or target has no text, or not one a row.

    Source:
        Li et al. (2024), arXiv:2406.11794, who use fastText.
    """
    from scipy.sparse import vstack

    aim = vstack([_features(block) for _, block in numbered_blocks(joined(targets))]).tocsr()
    half = row_uniforms(seed, "classifier halves", 0, len(pool)) < 0.5
    draws = row_uniforms(seed, "classifier sample", 0, len(pool))
    number = max(_LEAST, _TIMES * aim.shape[0])
    learned = [np.sort(_first(draws, half == side, number)) for side in (False, True)]
    taken: list[list[Any]] = [[], []]
    for start, block in numbered_blocks(pool):
        features = _features(block)
        for rows, parts in zip(learned, taken, strict=True):
            here = rows[(rows >= start) & (rows < start + len(block))] - start
            parts.append(features[here])
    if not all(len(rows) for rows in learned):
        return np.zeros(len(pool))
    models = [_fit(aim, vstack(parts).tocsr()) for parts in taken]
    odds = np.empty(len(pool))
    for start, block in numbered_blocks(pool):
        part = slice(start, start + len(block))
        features = _features(block)
        # Each half is scored by the model of the other.
        low, high = (features @ weights + bias for weights, bias in models)
        odds[part] = np.where(half[part], low, high)
    return odds


def _first(draws: NDArray[np.float64], among: NDArray[np.bool_], number: int) -> NDArray[np.int64]:
    rows = np.nonzero(among)[0]
    return rows[np.argsort(draws[rows], kind="stable")[:number]]


def _features(block: TextBlock) -> Any:
    """Sparse (m, BUCKETS) of ``1 + ln count``, rows of length 1 or 0."""
    from scipy.sparse import csr_array

    from cribble.kernels.ngrams import row_ngrams

    starts, found, counts = row_ngrams(block, NGRAMS, BUCKETS)
    values = 1 + np.log(counts)
    rows = np.repeat(np.arange(len(block)), np.diff(starts))
    values /= np.sqrt(np.bincount(rows, values**2, len(block)))[rows]
    return csr_array((values, found, starts), shape=(len(block), BUCKETS))


def _fit(aim: Any, rest: Any) -> tuple[NDArray[np.float64], float]:
    from scipy.sparse import vstack
    from sklearn.linear_model import LogisticRegression

    from cribble.kernels.threads import limited_threads

    rows = vstack([aim, rest]).tocsr()
    used = np.unique(rows.indices)
    weights = np.zeros(BUCKETS)
    if not len(used):
        return weights, 0.0
    wanted = np.arange(rows.shape[0]) < aim.shape[0]
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    with limited_threads(1):
        model.fit(rows[:, used], wanted)
    weights[used] = model.coef_[0]
    return weights, float(model.intercept_[0])
