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

_SHARED, _WHOLE, _CLOSE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decontaminate:
    """Drop rows that share a run of words with an evaluation row.

    A row is dropped if any ``width`` words in a row stand in an evaluation text too, whatever the
    case and the punctuation. An evaluation text of fewer words, but ``shortest`` or more, is
    looked for whole; a still shorter one drops only rows that are just those words. With
    ``similarity``, a row is also dropped if the cosine of its embedding to one of an evaluation
    row reaches it. Memory: 32 bytes a word of the evaluation set.

    A run of words that a pool and an evaluation set share as part of a common template drops
    rows too: look at the dropped rows.

    Args:
        against: Pools of evaluation rows.
        width: Words in a run.
        shortest: Fewest words of an evaluation text that is looked for inside rows.
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
        if self.similarity is not None:
            self._by_vectors(pool, codes, matched)
        if rows is not None:
            outside = np.ones(len(pool), dtype=np.bool_)
            outside[rows] = False
            codes[outside], matched[outside] = KEPT, -1
        reasons = (
            f"a run of words (up to {self.width}) of an evaluation row",
            "the words of an evaluation row and no others",
            f"a cosine of {self.similarity} or more to an evaluation row",
        )
        stats = {
            "evaluation_rows": sum(map(len, self.against)),
            "evaluation_rows_found": len(np.unique(matched[matched >= 0])),
        }
        return FilterResult(self.name, codes, reasons, matched, stats)

    def _by_words(self, pool: Pool) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        from cribble.kernels.windows import find_windows, windows_of

        owners, widths, hashes, start = [], [], [], 0
        for evaluation in self.against:
            for block in evaluation.text_blocks():
                found, wide, known, _ = windows_of(block, self.width, 1)
                owners.append(found + start)
                widths.append(wide)
                hashes.append(known)
                start += len(block)
        # The first of equal hashes is that of the lowest evaluation row.
        known, first = np.unique(np.concatenate(hashes), return_index=True)
        owner, wide = np.concatenate(owners)[first], np.concatenate(widths)[first]
        short = wide < min(self.shortest, self.width)
        matched, codes = [], []
        for block in pool.text_blocks():
            place, _, _ = find_windows(block, np.unique(wide[~short]), known[~short])
            inside = place >= 0
            row = np.where(inside, owner[~short][place], -1) if len(place) else place
            code = np.where(inside, _SHARED, KEPT).astype(np.int16)
            for size in np.unique(wide[short]).tolist():
                of_size = short & (wide == size)
                place, covered, words = find_windows(
                    block, np.array([size], dtype=np.int64), known[of_size]
                )
                whole = (place >= 0) & (words == size) & (covered == size) & ~inside
                row[whole], code[whole] = owner[of_size][place[whole]], _WHOLE
            matched.append(row)
            codes.append(code)
        return np.concatenate(codes), np.concatenate(matched)

    def _by_vectors(self, pool: Pool, codes: NDArray[np.int16], matched: NDArray[np.int64]) -> None:
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
                close = np.flatnonzero(nearest.scores[:, 0] >= self.similarity) + low
                close = close[codes[close] == KEPT]
                codes[close] = _CLOSE
                matched[close] = nearest.rows[close - low, 0] + start
            start += len(known)
