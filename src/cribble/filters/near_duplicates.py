"""Near duplicates: one row of each family of almost equal texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.core.errors import ParameterError
from cribble.filters.base import FilterResult, copies, preference, require_share


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicates:
    """Drop rows that share most of their word windows with a row that stays.

    Rows are taken in order of preference. A row is dropped if the Jaccard similarity of its set
    of windows with that of a kept row reaches ``threshold``. So every dropped row has a match
    among the kept ones, no chain of small differences joins two that differ, and no two kept
    rows are near duplicates. Pairs are found by prefix filtering, which misses none; MinHash,
    the usual way, misses some.

    All windows are held at once: 24 bytes a word of the pool at the default threshold. A pool
    that needs more than its memory limit for that is refused as soon as this is certain.

    Args:
        threshold: Least Jaccard similarity of near duplicates, in (0, 1].
        width: Words in a window.

    Source:
        Prefix filtering: Chaudhuri, Ganti and Kaushik (2006), doi:10.1109/ICDE.2006.9.
        Threshold and windows: Lee et al. (2022), arXiv:2107.06499.
    """

    name: ClassVar[str] = "near-duplicates"
    threshold: float = 0.8
    width: int = 5

    def __post_init__(self) -> None:
        require_share("threshold", self.threshold)
        if self.width < 1:
            raise ParameterError("width", self.width, "1 or more")

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The pool has no text.
            ParameterError: The pool's windows do not fit in its memory.
        """
        from cribble.kernels.set_join import drop_similar
        from cribble.kernels.windows import window_sets

        rows = preference(pool) if rows is None else rows
        parts, held, seen = [], 0, 0
        for block in pool.text_blocks():
            parts.append(window_sets(block, self.width))
            seen += len(block)
            held += len(parts[-1][1])
            self._require_room(pool, held, seen)
        sizes = [np.zeros(1, dtype=np.int64), *(np.diff(starts) for starts, _ in parts)]
        hashes = [np.empty(0, dtype=np.uint64), *(found for _, found in parts)]
        matched, _, compared = drop_similar(
            np.cumsum(np.concatenate(sizes)), np.concatenate(hashes), rows, self.threshold
        )
        reason = f"{self.threshold:g} or more of its word windows are shared with another row"
        return copies(self.name, matched, reason, {"compared": compared})

    def _require_room(self, pool: Pool, held: int, seen: int) -> None:
        """Refuse to hold more than the pool allows, judging the rest of it by the rows seen."""
        # Each window twice while they are joined, and the postings of the rarest of each row.
        need = held * (16 + 40 * (1 - self.threshold))
        if need > pool.memory:
            whole = need * len(pool) / seen
            allowed = f"about {whole:,.0f} or more for the near duplicates of this pool"
            raise ParameterError("memory in bytes", pool.memory, allowed)
