r"""Token counts without a tokenizer to download: words and runs of punctuation."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from cribble.core import Progress, TextBlock
from cribble.core.errors import SignalError

TOKENIZER = "wordpunct-v1"


def count_tokens(
    texts: Callable[[], Iterable[TextBlock]], size: int, progress: Progress
) -> NDArray[np.float64]:
    r"""Count the tokens of each text by the rule `TOKENIZER`.

    A token is a match of ``\w+|[^\w\s]+``; in scripts without spaces between words (Chinese,
    Japanese, Thai, Lao, Khmer, Burmese) each character is one. A byte-pair tokenizer of a
    language model splits long and rare words further: expect it to count roughly 1.2 to 1.5
    times as many tokens in English prose, and more in code and in numbers. Shares of a budget
    and comparisons of rows are little affected; an exact budget needs a column of exact counts.

    Args:
        texts: Opens the stream of texts.
        size: Number of texts, n.
        progress: Hears of every block.

    Returns:
        (n,) float64.

    Raises:
        SignalError: The stream has not ``size`` texts.
    """
    from cribble.kernels import ngrams

    out = np.empty(size)
    at = 0
    progress.start("counting tokens", size, "rows")
    for block in texts():
        counts = ngrams.count_tokens(block)
        if at + len(block) <= size:
            out[at : at + len(block)] = counts
        at += len(block)
        progress.advance(len(block))
    if at != size:
        raise SignalError("text", f"{at:,} texts for {size:,} rows", "hand over one text per row")
    return out
