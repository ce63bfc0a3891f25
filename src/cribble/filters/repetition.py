"""Repetition: no row that says the same over and over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError
from cribble.filters.base import KEPT, FilterResult, judged, require_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """Drop rows in which too large a share of the word windows repeat an earlier one.

    Args:
        most: Largest share of repeated windows, in (0, 1].
        width: Words in a window.
        min_words: Rows of fewer words are left alone: in short texts nothing can be told.

    Source:
        Duplicate n-gram shares: Rae et al. (2021), arXiv:2112.11446, table A1; theirs count
        characters of n-grams, ours count windows.
    """

    name: ClassVar[str] = "repetition"
    most: float = 0.3
    width: int = 3
    min_words: int = 20

    def __post_init__(self) -> None:
        require_share("most", self.most)
        if self.width < 1:
            raise ParameterError("width", self.width, "1 or more")

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The pool has no text.
        """
        reason = f"more than {self.most:g} of its windows of {self.width} words are repeated"
        return judged(self.name, pool, rows, (reason,), self._codes)

    def _codes(self, block: TextBlock) -> NDArray[np.int16]:
        from cribble.kernels.windows import count_words, window_sets

        words = count_words(block)
        windows = np.maximum(words - self.width + 1, 1)
        distinct = np.diff(window_sets(block, self.width)[0])
        repeated = 1 - distinct / windows
        bad = (repeated > self.most) & (words >= max(self.min_words, 1))
        return np.where(bad, 0, KEPT).astype(np.int16)
