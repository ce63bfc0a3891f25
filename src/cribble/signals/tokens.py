r"""Token counts without a tokenizer to download: words and runs of punctuation."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cribble.core import TextBlock

TOKENIZER = "wordpunct-v1"


def count_tokens(texts: Iterable[TextBlock]) -> NDArray[np.float64]:
    r"""Count the tokens of each text by the rule `TOKENIZER`.

    A token is a match of ``\w+|[^\w\s]+``; in scripts without spaces between words (Chinese,
    Japanese, Thai, Lao, Khmer, Burmese) each character is one. A byte-pair tokenizer of a
    language model splits long and rare words further: expect it to count roughly 1.2 to 1.5
    times as many tokens in English prose, and more in code and in numbers. Shares of a budget
    and comparisons of rows are little affected; an exact budget needs a column of exact counts.

    Args:
        texts: The texts, in blocks.

    Returns:
        (n,) float64.
    """
    from cribble.kernels import ngrams

    counts = [ngrams.count_tokens(block).astype(np.float64) for block in texts]
    return np.concatenate([np.empty(0), *counts])
