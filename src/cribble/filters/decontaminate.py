"""Decontamination: no row that holds a piece of an evaluation set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.core.errors import ParameterError
from cribble.filters.base import KEPT, FilterResult, require_share

_SHARED, _WHOLE, _INSIDE, _CLOSE = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decontaminate:
    """Drop rows that share a run of words with an evaluation row.

    A row is dropped if any ``width`` words in a row stand in an evaluation text too, whatever the
    case and the punctuation. An evaluation text of fewer words, but ``shortest`` or more, is
    looked for whole; a still shorter one drops only rows that are just those words. Likewise, a row
    of fewer words is dropped if it stands whole in an evaluation text. With
    ``similarity``, a row is also dropped if the cosine of its embedding to one of an evaluation
    row reaches it. Memory: 32 bytes a word of the evaluation set.

    A run of words that a pool and an evaluation set share as part of a common template drops
    rows too: look at the dropped rows.

    Args:
        against: Pools of evaluation rows.
        width: Words in a run.
        shortest: Fewest words of a text that is looked for whole inside others.
        similarity: Least cosine that drops a row, in (0, 1]; None for words alone.
        signal: Name of the vectors for ``similarity``.

    Source:
        Runs of 13 words: Brown et al. (2020), arXiv:2005.14165, appendix C.
    """

    name: ClassVar[str] = "decontaminate"
    against: Sequence[Pool]
    width: int = 13
    shortest: int = 8
    similarity: float | None = None
    signal: str = "embedding"

    def __post_init__(self) -> None:
        if not any(map(len, self.against)):
            raise ParameterError("against", self.against, "pools with evaluation rows in them")
        if self.width < 1:
            raise ParameterError("width", self.width, "1 or more")
        if self.shortest < 1:
            raise ParameterError("shortest", self.shortest, "1 or more")
        if self.similarity is not None:
            require_share("similarity", self.similarity)

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Returns:
            ``matched`` counts the evaluation rows through all of ``against``. Stats:
            ``evaluation_rows``, and ``evaluation_rows_found``, how many rows of the evaluation
            set are the match of a dropped row.

        Raises:
            SignalError: The pool or an evaluation set has no text, or no such vectors.
        """
        codes, matched = self._by_words(pool)
        self._by_whole_rows(pool, codes, matched)
        if self.similarity is not None:
            self._by_vectors(pool, codes, matched, self.similarity)
        if rows is not None:
            outside = np.ones(len(pool), dtype=np.bool_)
            outside[rows] = False
            codes[outside], matched[outside] = KEPT, -1
        reasons = (
            f"a run of words (up to {self.width}) of an evaluation row",
            "the words of an evaluation row and no others",
            "all of its words stand in a row in an evaluation row",
            f"a cosine of {self.similarity} or more to an evaluation row",
        )
        stats = {
            "evaluation_rows": sum(map(len, self.against)),
            "evaluation_rows_found": len(np.unique(matched[matched >= 0])),
        }
        return FilterResult(self.name, codes, reasons, matched, stats)

    def _by_words(self, pool: Pool) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        from cribble.kernels.windows import find_windows

        codes = np.full(len(pool), KEPT, dtype=np.int16)
        matched = np.full(len(pool), -1, dtype=np.int64)
        owners, widths, known = self._known()
        short = widths < min(self.shortest, self.width)
        # One search for all that may stand inside a row, and one for each width that may not.
        searches = [(_SHARED, ~short)]
        searches += [(_WHOLE, widths == width) for width in np.unique(widths[short])]
        start = 0
        for block in pool.text_blocks():
            rows = np.arange(start, start + len(block))
            for code, among in searches:
                place, _, words = find_windows(block, np.unique(widths[among]), known[among])
                found = (place >= 0) & (codes[rows] == KEPT)
                if code == _WHOLE:
                    found &= words == widths[among][0]
                codes[rows[found]] = code
                matched[rows[found]] = owners[among][place[found]]
            start += len(block)
        return codes, matched

    def _by_whole_rows(
        self, pool: Pool, codes: NDArray[np.int16], matched: NDArray[np.int64]
    ) -> None:
        """Drop short rows that stand whole in an evaluation row."""
        from cribble.kernels.windows import first_holders, windows_of

        parts, start = [], 0
        for block in pool.text_blocks():
            rows, widths, hashes = windows_of(block, self.width, self.shortest)[:3]
            short = widths < self.width
            parts.append((rows[short] + start, widths[short], hashes[short]))
            start += len(block)
        if not parts:
            return
        rows, widths, hashes = (np.concatenate(part) for part in zip(*parts, strict=True))
        known, which = np.unique(hashes, return_inverse=True)
        holders = np.full(len(known), -1, dtype=np.int64)
        start = 0
        for evaluation in self.against:
            for block in evaluation.text_blocks():
                first_holders(block, np.unique(widths), known, start, holders)
                start += len(block)
        found = (holders[which] >= 0) & (codes[rows] == KEPT)
        codes[rows[found]] = _INSIDE
        matched[rows[found]] = holders[which][found]

    def _known(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
        """Evaluation row, width and hash of each window to look for, by hash."""
        from cribble.kernels.windows import windows_of

        parts, start = [], 0
        for evaluation in self.against:
            for block in evaluation.text_blocks():
                owners, widths, hashes, _ = windows_of(block, self.width, 1)
                parts.append((owners + start, widths, hashes))
                start += len(block)
        owners, widths, hashes = (np.concatenate(part) for part in zip(*parts, strict=True))
        # The first of equal hashes is that of the lowest evaluation row.
        hashes, first = np.unique(hashes, return_index=True)
        return owners[first], widths[first], hashes

    def _by_vectors(
        self, pool: Pool, codes: NDArray[np.int16], matched: NDArray[np.int64], least: float
    ) -> None:
        from cribble.kernels.topk import DEFAULT_MEMORY, blocked_top

        start = 0
        vectors = pool.signal(self.signal, ndim=2)
        for evaluation in self.against:
            known = evaluation.signal(self.signal, ndim=2)
            # Roles are swapped: rows of the pool ask for their nearest evaluation row.
            step = pool.block_rows(12 * vectors.shape[1] + 64)
            for low in range(0, len(pool), step):
                nearest = blocked_top(
                    np.asarray(vectors[low : low + step]), known, 1, memory=DEFAULT_MEMORY
                )
                close = np.flatnonzero(nearest.scores[:, 0] >= least) + low
                close = close[codes[close] == KEPT]
                codes[close] = _CLOSE
                matched[close] = nearest.rows[close - low, 0] + start
            start += len(known)
