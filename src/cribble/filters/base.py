"""What every filter takes and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool, TextBlock
from cribble.core.errors import ParameterError

QUALITY = "quality"
KEPT = -1


@dataclass(frozen=True, slots=True, eq=False)
class FilterResult:
    """What a filter did with a pool.

    Args:
        step: Name of the filter.
        codes: (n,) int16, why a row is dropped, an index into ``reasons``; -1 where it is not.
        reasons: Each reason as a clause.
        matched: (n,) int64, the row that a dropped row is a copy of, or -1. In the pool for
            duplicates; for decontamination, among the evaluation rows, counted through all files.
        stats: What else is worth knowing.
    """

    step: str
    codes: NDArray[np.int16]
    reasons: tuple[str, ...]
    matched: NDArray[np.int64]
    stats: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(n,) bool, whether the filter leaves the row in."""
        return np.equal(self.codes, KEPT)

    @property
    def dropped(self) -> NDArray[np.int64]:
        """(m,) int64, the rows that the filter drops, ascending."""
        return np.flatnonzero(self.codes != KEPT)

    def counts(self) -> dict[str, int]:
        """Rows dropped by reason; reasons that dropped none are left out."""
        found = np.bincount(self.codes[self.codes != KEPT], minlength=len(self.reasons))
        return {why: int(rows) for why, rows in zip(self.reasons, found, strict=True) if rows}


class Filter(Protocol):
    """A step that drops rows: a frozen dataclass with a name and ``keep``."""

    name: ClassVar[str]

    def keep(self, pool: Pool, rows: NDArray[np.int64] | None = None) -> FilterResult:
        """Judge rows of the pool.

        Args:
            pool: The pool.
            rows: (m,) int64, the rows to judge, distinct, the preferred first: of two copies the
                one that stands earlier stays. None for `preference` of all rows.
        """
        ...


def preference(pool: Pool) -> NDArray[np.int64]:
    """Order rows for a filter: the best quality first, where there is one, then the lowest row.

    Returns:
        (n,) int64.
    """
    if not pool.has(QUALITY):
        return np.arange(len(pool), dtype=np.int64)
    quality = np.asarray(pool.signal(QUALITY, ndim=1), dtype=np.float64)
    return np.argsort(-quality, kind="stable").astype(np.int64)


def copies(
    name: str,
    matched: NDArray[np.int64],
    reason: str,
    stats: Mapping[str, Any],
) -> FilterResult:
    """The result of a filter with one reason, under which every dropped row has a match."""
    codes = np.where(matched >= 0, 0, KEPT).astype(np.int16)
    return FilterResult(name, codes, (reason,), matched, stats)


def judged(
    name: str,
    pool: Pool,
    rows: NDArray[np.int64] | None,
    reasons: tuple[str, ...],
    judge: Callable[[TextBlock], NDArray[np.int16]],
) -> FilterResult:
    """The result of a filter that looks at each text alone.

    Args:
        name: Name of the filter.
        pool: The pool.
        rows: The rows to judge; None for all.
        reasons: Each reason as a clause.
        judge: From m texts to (m,) int16 codes.
    """
    parts = [judge(block) for block in pool.text_blocks()]
    codes = np.concatenate([np.empty(0, dtype=np.int16), *parts])
    if rows is not None:
        outside = np.ones(len(pool), dtype=np.bool_)
        outside[rows] = False
        codes[outside] = KEPT
    return FilterResult(name, codes, reasons, np.full(len(pool), -1, dtype=np.int64))


def require_share(name: str, value: float) -> None:
    """Refuse a threshold outside (0, 1].

    Raises:
        ParameterError: It is.
    """
    if not 0 < value <= 1:
        raise ParameterError(name, value, "more than 0, and at most 1")
