r"""Hashed n-grams as the authors of DSIR bucket them: SHA-256 of the words, joined by a space.

Plain Python, some hundred times slower than `ngrams`; the same function for the same arguments.
Use it to repeat runs of the `data-selection` package. Where that package runs on a release of
NLTK whose words include combining marks (3.10.4 is one), some accented rows differ. Hashes are
remembered for 2**18 n-grams, about 50 MB.

Source:
    Xie et al. (2023), arXiv:2302.03169.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import numpy as np

from cribble.core import TextBlock
from cribble.kernels.ngrams import NgramBlock, bucket_dtype

_TOKEN = re.compile(r"\w+|[^\w\s]+")


@lru_cache(maxsize=1 << 18)
def _bucket(gram: str, buckets: int) -> int:
    return int.from_bytes(hashlib.sha256(gram.encode()).digest(), "big") % buckets


def hash_ngrams(block: TextBlock, ngrams: int, buckets: int) -> NgramBlock:
    """Hash the n-grams of rows into buckets.

    Args:
        block: m texts.
        ngrams: Longest order; all orders from 1 are hashed.
        buckets: Number of buckets.
    """
    found: list[int] = []
    starts, tokens = [0], []
    for text in block:
        words = _TOKEN.findall(text.lower())
        found.extend(_bucket(word, buckets) for word in words)
        for order in range(2, ngrams + 1):
            runs = zip(*(words[i:] for i in range(order)), strict=False)
            found.extend(_bucket(" ".join(run), buckets) for run in runs)
        starts.append(len(found))
        tokens.append(len(words))
    return NgramBlock(
        np.array(found, dtype=bucket_dtype(buckets)), np.array(starts), np.array(tokens, np.int64)
    )
