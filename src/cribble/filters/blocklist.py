"""Blocklist: no row that holds a listed word or phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError
from cribble.filters.base import KEPT, FilterResult, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocklist:
    """Drop rows that hold a listed word or phrase, as whole words, whatever the case.

    Args:
        words: The words and phrases; punctuation within them is not looked at.

    Raises:
        ParameterError: An entry has no word in it.
    """

    name: ClassVar[str] = "blocklist"
    words: Sequence[str]

    def __post_init__(self) -> None:
        from cribble.kernels.windows import count_words

        counts = count_words(TextBlock.from_strings(self.words))
        if not len(counts) or not counts.all():
            bad = self.words[int(np.argmin(counts))] if len(counts) else ""
            raise ParameterError("words", bad, "words or phrases, at least one")

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The pool has no text.
        """
        return judged(self.name, pool, rows, ("a listed word",), self._codes)

    def _codes(self, block: TextBlock) -> NDArray[np.int16]:
        from cribble.kernels.windows import count_words, find_windows, windows_of

        listed = TextBlock.from_strings(self.words)
        longest = int(count_words(listed).max())
        _, widths, hashes, _ = windows_of(listed, longest, 1)
        place, _, _ = find_windows(block, np.unique(widths), np.unique(hashes))
        return np.where(place >= 0, 0, KEPT).astype(np.int16)
