"""Length: no row shorter or longer than asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError
from cribble.filters.base import KEPT, FilterResult, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """Drop rows with too few or too many words or characters.

    Words are runs of word characters; each character of a script without spaces is one.

    Args:
        min_words: Fewest words.
        max_words: Most words; None for no limit.
        min_characters: Fewest characters.
        max_characters: Most characters; None for no limit.

    Source:
        Word limits: Rae et al. (2021), arXiv:2112.11446, table A1; theirs are for web pages.
    """

    name: ClassVar[str] = "length"
    min_words: int = 3
    max_words: int | None = 100_000
    min_characters: int = 0
    max_characters: int | None = None

    def __post_init__(self) -> None:
        for kind in ("words", "characters"):
            least, most = getattr(self, f"min_{kind}"), getattr(self, f"max_{kind}")
            if least < 0:
                raise ParameterError(f"min_{kind}", least, "0 or more")
            if most is not None and most < least:
                raise ParameterError(f"max_{kind}", most, f"at least min_{kind}, {least}")

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The pool has no text.
        """
        reasons = (
            f"fewer than {self.min_words} words",
            f"more than {self.max_words} words",
            f"fewer than {self.min_characters} characters",
            f"more than {self.max_characters} characters",
        )
        return judged(self.name, pool, rows, reasons, self._codes)

    def _codes(self, block: TextBlock) -> NDArray[np.int16]:
        from cribble.kernels.windows import count_words

        words = count_words(block)
        # A character of UTF-8 has one byte that is no continuation.
        starts = np.concatenate([[0], np.cumsum((block.data & 0xC0) != 0x80)])
        characters = np.diff(starts[block.offsets])
        broken = [words < self.min_words]
        broken.append(words > (np.inf if self.max_words is None else self.max_words))
        broken.append(characters < self.min_characters)
        most = np.inf if self.max_characters is None else self.max_characters
        broken.append(characters > most)
        return np.select(broken, range(4), KEPT).astype(np.int16)
