"""Exact duplicates: one row of each text."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.filters.base import FilterResult, copies, preference


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactDuplicates:
    """Drop rows whose text another row has too; of equal rows the preferred one stays.

    Texts are compared by 128 bits of BLAKE2b. Memory: 16 bytes a row.

    Args:
        fold: Take texts as equal that differ in case, spacing or Unicode composition (NFC) alone.
    """

    name: ClassVar[str] = "exact-duplicates"
    fold: bool = True

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The pool has no text.
        """
        rows = preference(pool) if rows is None else rows
        digests = np.frombuffer(
            b"".join(self._digest(text) for block in pool.text_blocks() for text in block),
            dtype="S16",
        )
        # Stable: among equals the first found is the preferred one.
        _, first, groups = np.unique(
            digests[rows].view(np.uint64).reshape(-1, 2),
            axis=0,
            return_index=True,
            return_inverse=True,
        )
        keepers = rows[first[groups.ravel()]]
        matched = np.full(len(pool), -1, dtype=np.int64)
        matched[rows] = np.where(keepers == rows, -1, keepers)
        return copies(self.name, matched, "the same text as another row", {})

    def _digest(self, text: str) -> bytes:
        if self.fold:
            text = " ".join(unicodedata.normalize("NFC", text).lower().split())
        return hashlib.blake2b(text.encode(), digest_size=16).digest()
