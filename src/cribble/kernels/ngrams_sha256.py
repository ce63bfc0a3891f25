r"""Hashed n-grams as the authors of DSIR bucket them: SHA-256 of the words, joined by a space.

Plain Python, some hundred times slower than `ngrams`; the same functions for the same arguments.
Use it to repeat runs of the `data-selection` package. Where that package runs on a release of
NLTK whose words include combining marks (3.10.4 is one), some accented rows differ. Hashes are
remembered for 2**18 n-grams, about 50 MB.

Source:
    Xie et al. (2023), arXiv:2302.03169.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cribble.core import TextBlock

_TOKEN = re.compile(r"\w+|[^\w\s]+")


@lru_cache(maxsize=1 << 18)
def _bucket(gram: str, buckets: int) -> int:
    return int.from_bytes(hashlib.sha256(gram.encode()).digest(), "big") % buckets


def _features(texts: Iterable[str], ngrams: int, buckets: int) -> Iterator[tuple[int, list[int]]]:
    """Yield each row's number of tokens and the buckets of its n-grams, order by order."""
    for text in texts:
        tokens = _TOKEN.findall(text.lower())
        found = [_bucket(token, buckets) for token in tokens]
        for order in range(2, ngrams + 1):
            runs = zip(*(tokens[i:] for i in range(order)), strict=False)
            found.extend(_bucket(" ".join(run), buckets) for run in runs)
        yield len(tokens), found


def count_ngrams(
    block: TextBlock,
    ngrams: int,
    counts: NDArray[np.int64],
    rows: NDArray[np.int64] | None = None,
) -> None:
    """Add the n-grams of rows to a histogram, in place.

    Args:
        block: m texts.
        ngrams: Longest order; all orders from 1 are counted.
        counts: (buckets,) int64 histogram.
        rows: Rows of the block to count; None for all.
    """
    texts = list(block)
    chosen = texts if rows is None else [texts[row] for row in rows]
    for _, found in _features(chosen, ngrams, len(counts)):
        counts += np.bincount(np.asarray(found, dtype=np.int64), minlength=len(counts))


def weigh_ngrams(
    block: TextBlock, ngrams: int, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sum the weights of each row's n-grams.

    Args:
        block: m texts.
        ngrams: Longest order; all orders from 1 are summed.
        weights: (buckets, t) float64, t weightings of the buckets.

    Returns:
        (m, t) float64 sums and (m,) int64 number of tokens.
    """
    sums = np.zeros((len(block), weights.shape[1]))
    tokens = np.zeros(len(block), dtype=np.int64)
    for row, (size, found) in enumerate(_features(block, ngrams, len(weights))):
        tokens[row] = size
        sums[row] = weights[found].sum(axis=0)
    return sums, tokens
