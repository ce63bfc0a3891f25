"""Symbols: no row that is mostly neither letters nor digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.filters.base import KEPT, FilterResult, judged, require_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """Drop rows in which too large a share of the characters are symbols.

    A symbol is an ASCII character that is neither a letter, a digit nor white space; characters
    of other scripts never count as symbols. White space is left out of the share.

    Args:
        most: Largest share of symbols, in (0, 1]. Code has about 0.25, prose 0.05.
    """

    name: ClassVar[str] = "symbols"
    most: float = 0.5

    def __post_init__(self) -> None:
        require_share("most", self.most)

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The pool has no text.
        """
        reason = f"more than {self.most:g} of its characters are symbols"
        return judged(self.name, pool, rows, (reason,), self._codes)

    def _codes(self, block: TextBlock) -> NDArray[np.int16]:
        counts = []
        for kind in (_SYMBOL, _VISIBLE):
            running = np.concatenate([[0], np.cumsum(kind[block.data], dtype=np.int64)])
            counts.append(np.diff(running[block.offsets]))
        symbols, visible = counts
        return np.where(symbols > self.most * visible, 0, KEPT).astype(np.int16)


def _bytes_where(found: list[bool]) -> NDArray[np.bool_]:
    return np.array(found, dtype=np.bool_)


_SYMBOL = _bytes_where([33 <= one < 127 and not chr(one).isalnum() for one in range(256)])
# Of the bytes of a character beyond ASCII, its first stands for it.
_VISIBLE = _bytes_where([33 <= one < 127 or one >= 0xC0 for one in range(256)])
