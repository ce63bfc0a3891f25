"""What a method returns: the picks in order, and what it knows about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import OutputError, ParameterError
from cribble.core.pool import Pool


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a row is in, or what stood before it.

    Args:
        row: The row asked about.
        picked: Whether it was picked.
        rank: Place in pick order, from 0; None for a row that was not picked.
        gain: What the pick added to the value at the time, where the method knows.
        score: The row's score, where the method ranks by one.
        stands_for: Rows that this pick stands for, itself included.
        represented_by: The pick that stands for this row.
        text: All of this in plain words.
    """

    row: int
    picked: bool
    rank: int | None
    gain: float | None
    score: float | None
    stands_for: NDArray[np.int64]
    represented_by: int | None
    text: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class Selection:
    """The rows that were chosen; immutable.

    Args:
        indices: (k,) int64 row numbers, in pick order, no repeats.
        method: Name of the method.
        seed: Seed of the run.
        gains: (k,) float64, what each pick added to ``value``; None where undefined.
        weights: (k,) float64 training weights; None means equal weights.
        value: Value of the set under the method's objective.
        upper_bound: A bound that no set within the budget can exceed; None where theory gives
            none.
        scores: (n,) float64, what the method ranked rows by, larger first, NaN for rows that did
            not compete; None where it does not rank.
        assignment: (n,) int64, for each row the position in ``indices`` of the pick that stands
            for it, -1 for none; None where the method does not assign.
        reasons: One clause per pick, in pick order; None lets `explain` word it.
        stats: What else the method measured, by name; JSON-able.
        pool: The pool the rows come from.
        manifest: The record of the run, where one was kept.
    """

    indices: NDArray[np.int64]
    method: str
    seed: int = 0
    gains: NDArray[np.float64] | None = None
    weights: NDArray[np.float64] | None = None
    value: float | None = None
    upper_bound: float | None = None
    scores: NDArray[np.float64] | None = None
    assignment: NDArray[np.int64] | None = None
    reasons: Sequence[str] | None = None
    stats: Mapping[str, Any] = field(default_factory=dict)
    pool: Pool | None = None
    manifest: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        indices = np.ascontiguousarray(self.indices, dtype=np.int64)
        indices.setflags(write=False)
        object.__setattr__(self, "indices", indices)
        for name in ("gains", "weights"):
            array = getattr(self, name)
            if array is not None:
                array = np.ascontiguousarray(array, dtype=np.float64)
                if array.shape != indices.shape:
                    raise ParameterError(name, array.shape, f"of shape {indices.shape}")
                array.setflags(write=False)
                object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.indices)

    def __repr__(self) -> str:
        """Say in a line what was chosen; the numbers are in the attributes."""
        whole = "" if self.pool is None else f" of {len(self.pool):,}"
        told = [f"{len(self):,}{whole} rows by {self.method!r}", f"seed={self.seed}"]
        if self.value is not None:
            told.append(f"value={self.value:.6g}")
        if self.upper_bound is not None:
            told.append(f"upper_bound={self.upper_bound:.6g}")
        return f"<Selection: {', '.join(told)}>"

    @property
    def certified(self) -> float | None:
        """Share of the best possible value that is certain, in [0, 1]; None without a bound."""
        if self.value is None or self.upper_bound is None:
            return None
        return 1.0 if self.upper_bound <= 0 else min(1.0, self.value / self.upper_bound)

    def write(self, path: str | Path, order: str = "pool") -> None:
        """Write the chosen rows exactly as they came, atomically.

        How is the pool's business: one that was read from files also writes the record of the
        run beside the rows.

        Args:
            path: Where to; the ending names the format.
            order: "pool" keeps the pool's order, "picked" the order of picks.

        Raises:
            OutputError: The pool has no rows to write, or the path cannot be written.
            ParameterError: ``order`` is neither.
        """
        if order not in ("pool", "picked"):
            raise ParameterError("order", order, "'pool' or 'picked'")
        if self.pool is None:
            raise OutputError(str(path), "the selection has no pool", "save `indices` instead")
        self.pool.write(Path(path), self, order)

    def ordered(self, order: str) -> NDArray[np.int64]:
        """The picks in the order in which they are written, "pool" or "picked"."""
        return self.indices if order == "picked" else np.sort(self.indices)

    def explain(self, row: int) -> Explanation:
        """Tell why a row is in, or what stood before it.

        Args:
            row: Row number in the pool.

        Raises:
            ParameterError: The pool has no such row.
        """
        size = len(self.pool) if self.pool is not None else None
        if row < 0 or (size is not None and row >= size):
            raise ParameterError("row", row, f"in [0, {size})")
        found = np.nonzero(self.indices == row)[0]
        rank = int(found[0]) if len(found) else None
        gain = float(self.gains[rank]) if rank is not None and self.gains is not None else None
        score = float(self.scores[row]) if self.scores is not None else None
        score = None if score is None or np.isnan(score) else score
        stands_for = np.empty(0, dtype=np.int64)
        represented_by = None
        if self.assignment is not None:
            if rank is not None:
                stands_for = np.nonzero(self.assignment == rank)[0]
            owner = int(self.assignment[row])
            represented_by = int(self.indices[owner]) if owner >= 0 else None
        text = _explain(self, row, rank, gain, score, len(stands_for), represented_by)
        return Explanation(
            row, rank is not None, rank, gain, score, stands_for, represented_by, text
        )


def _explain(
    selection: Selection,
    row: int,
    rank: int | None,
    gain: float | None,
    score: float | None,
    stands_for: int,
    represented_by: int | None,
) -> str:
    parts = []
    if rank is not None:
        parts.append(f"row {row} is pick {rank + 1} of {len(selection)} by {selection.method}")
        if selection.reasons is not None:
            parts.append(selection.reasons[rank])
        if gain is not None:
            parts.append(f"it added {gain + 0.0:.6g} to the value at the time")
        if selection.weights is not None and np.ptp(selection.weights) > 0:
            mean = float(selection.weights.mean())
            parts.append(f"it weighs {selection.weights[rank]:.6g} (the mean pick {mean:.6g})")
        if stands_for:
            parts.append(f"it stands for {stands_for:,} row{'s' * (stands_for != 1)}")
        if score is not None:
            parts.append(f"its score is {score + 0.0:.6g}")
    else:
        parts.append(f"row {row} was not picked by {selection.method}")
        if represented_by is not None:
            at = int(np.nonzero(selection.indices == represented_by)[0][0])
            parts.append(f"row {represented_by} (pick {at + 1}) stands for it")
        if score is not None and selection.scores is not None and len(selection):
            cutoff = float(selection.scores[selection.indices].min()) + 0.0
            parts.append(f"its score is {score + 0.0:.6g}; the lowest picked score is {cutoff:.6g}")
    return "; ".join(parts)
