"""Embedding duplicates: one row of each family that an embedding holds for the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.filters.base import FilterResult, copies, preference, require_share


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingDuplicates:
    """Drop rows whose cosine to a row that stays reaches a threshold.

    Rows are taken in order of preference and compared with the kept rows alone, so that no chain
    of likeness joins rows that differ. The join is exact. Memory: 4 bytes a dimension of each
    row, in a temporary file where that is more than half of the pool's memory.

    Args:
        threshold: Least cosine of duplicates, in (0, 1].
        signal: Name of the vectors, (n, d).

    Source:
        Threshold on embeddings: Abbas et al. (2023), arXiv:2303.09540; we compare all rows, not
        those of one cluster, and keep in order of preference.
    """

    name: ClassVar[str] = "embedding-duplicates"
    threshold: float = 0.95
    signal: str = "embedding"

    def __post_init__(self) -> None:
        require_share("threshold", self.threshold)

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows; see `Filter.keep`.

        Raises:
            SignalError: The signal is missing, or is not one vector a row.
        """
        from cribble.kernels.cosine_join import drop_close

        rows = preference(pool) if rows is None else rows
        vectors = pool.signal(self.signal, ndim=2)
        matched, _ = drop_close(vectors, rows, self.threshold, pool.memory // 2)
        reason = f"a cosine of {self.threshold:g} or more to another row"
        return copies(self.name, matched, reason, {})
