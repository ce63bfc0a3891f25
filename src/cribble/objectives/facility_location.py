"""Facility location: every row of the pool should have a picked row that stands for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import OutputError, ParameterError
from cribble.kernels import greedy as kernel
from cribble.kernels.distances import BLOCK, mean_row
from cribble.kernels.exchanges import Exchanges, dense_exchanges, listed_exchanges
from cribble.kernels.lists import (
    ACROSS,
    Lists,
    Stripe,
    alive_pairs,
    listed_gains,
    listed_gains_in_doubt,
    merge_lists,
    prune_lists,
)
from cribble.kernels.scratch import scratch, taken_rows, working_rows
from cribble.kernels.threads import compiled_threads

SIMILARITIES = ("phantom", "cosine")
# Above this share of live pairs, listing them costs more than it saves.
_SPARSE = 0.08
# Of a live pair as it is found; so many times their memory its lists may take, mapped beyond it.
_PAIR_BYTES, _BEYOND = 9, 8
# Candidates that are compared with a few targets at once, to judge that share.
_PROBED = 16_384
# Up to this many candidates, gains over all targets cost less than listing pairs.
_FEW = 64


@dataclass(frozen=True, slots=True, eq=False)
class Affinity:
    """How well candidate j stands for target i: scale * <x_i, x_j> + offset_j, or 0 if negative.

    Args:
        points: (n, d) float32 rows, centered or of unit length.
        offsets: (n,) float64.
        scale: 1 or 2.
    """

    points: NDArray[np.float32]
    offsets: NDArray[np.float64]
    scale: float

    @classmethod
    def of(
        cls,
        X: NDArray[Any],
        similarity: str,
        center: NDArray[np.float64] | None = None,
        memory: float = math.inf,
    ) -> Affinity:
        """Prepare the rows of a pool.

        Args:
            X: (n, d) any float.
            similarity: "phantom" is d0_i - |x_i - x_j|^2 with d0_i the squared distance of row i
                from the mean, so that a pick counts for what it improves on the mean; "cosine"
                is the cosine, clipped at 0.
            center: (d,) the mean of "phantom" where the rows are only a part; None takes theirs.
            memory: Bytes that the points may take; beyond, they are mapped (`kernels.scratch`).

        Raises:
            ParameterError: No such similarity.
            OutputError: The disk cannot hold the points.
        """
        if similarity not in SIMILARITIES:
            raise ParameterError("similarity", similarity, " or ".join(SIMILARITIES))
        points = scratch(X.shape, np.float32, memory)
        offsets = np.zeros(len(X))
        if similarity == "phantom" and center is None:
            center = mean_row(X)
        for low in range(0, len(X), BLOCK):
            part = slice(low, low + BLOCK)
            rows = working_rows(X[part])
            if similarity == "phantom":
                # |x_i|^2 - |x_i - x_j|^2 = 2 <x_i, x_j> - |x_j|^2 on centered rows.
                kernel.center_rows(rows, center, points[part], offsets[part])
            else:
                kernel.unit_rows(rows, points[part])
        return cls(points, offsets, 2.0 if similarity == "phantom" else 1.0)

    def cut(self, rows: NDArray[np.int64] | slice) -> Affinity:
        """The affinity of some rows alone."""
        points = self.points[rows] if isinstance(rows, slice) else taken_rows(self.points, rows)
        return Affinity(points, self.offsets[rows], self.scale)

    def nearest(self, picks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the pick of largest affinity for each row; -1 where none is above 0.

        Returns:
            (n,) int64 positions in ``picks``; ties go to the earlier pick.
        """
        return self.nearest_of(self.cut(picks))

    def nearest_of(self, chosen: Affinity) -> NDArray[np.int64]:
        """Find the candidate of largest affinity among others than these rows; see `nearest`."""
        points = np.ascontiguousarray(chosen.points)
        return kernel.best_candidates(self.points, points, chosen.offsets, chosen.scale)


def _before(targets: int, held: NDArray[np.float32] | None) -> NDArray[np.float32]:
    if held is None:
        return np.zeros(targets, dtype=np.float32)
    if not held.min(initial=0.0) >= 0:
        raise ParameterError("held", float(held.min()), "0 or more")
    return held.astype(np.float32)


class FacilityLocation:
    """f(S) = sum over targets i of max(0, max over j in S of affinity(i, j)), exact.

    Nothing of size n x n is held. The first gains take one pass over all pairs. Once few pairs
    can still gain, a second pass lists them, and from there on a gain costs the length of a list.
    When that happens depends on memory, but not one bit of any gain does.

    Args:
        affinity: The candidates.
        targets: (m, d) float32 rows to stand for, prepared as the candidates were; None for the
            candidates themselves.
        memory: Bytes that the lists may take; beyond, they are mapped, up to eight times as much.
        held: (m,) float32, 0 or more, what each target has before any row is added: only what
            exceeds it counts. None for 0.

    Raises:
        ParameterError: ``held`` is negative somewhere.
    """

    monotone = True
    submodular = True

    def __init__(
        self,
        affinity: Affinity,
        targets: NDArray[np.float32] | None = None,
        memory: int = 1 << 30,
        held: NDArray[np.float32] | None = None,
    ) -> None:
        self.affinity = affinity
        self.targets = affinity.points if targets is None else targets
        self._memory, self._reach = memory, float(_BEYOND * memory)
        self._held = _before(len(self.targets), held)
        squares = np.einsum("ij,ij->i", self.targets, self.targets, dtype=np.float64)
        self._lengths = np.sqrt(squares).astype(np.float32)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self.cover = self._held.copy()
        self.owner = np.full(len(self.targets), -1, dtype=np.int64)
        self._lists: Lists | None = None
        self._found: list[Stripe] = []  # pairs to list once there is a pick, which rules many out
        self._count = 0
        self._value = 0.0

    @property
    def size(self) -> int:
        """Number of candidates."""
        return len(self.affinity.points)

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        a = self.affinity
        if self._is_listed(rows):
            assert self._lists is not None
            pairs = (self.targets, a.points, a.scale, a.offsets)
            found: NDArray[np.float64] = listed_gains_in_doubt(
                *pairs, *self._lists, self.cover, rows
            )
            return found
        return self._in_batches(kernel.dense_gains, rows)

    def screen(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Bound the gains of some rows, a relative 1e-3 above them or less."""
        if self._is_listed(rows):
            assert self._lists is not None
            above: NDArray[np.float64] = listed_gains(*self._lists, self.cover, rows)
            return above
        return self._in_batches(kernel.dense_bounds, rows)

    def bounds(self) -> NDArray[np.float64]:
        """Bound every gain in one pass."""
        self._list_found()
        if self._lists is not None:
            self._lists, gains = prune_lists(self._lists, self.cover)
            return gains
        if self._is_sparse() and (found := self._find()) is not None:
            return found
        return kernel.gain_bounds(*self._arrays())

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        a = self.affinity
        if self._lists is not None:
            start, rows, values = self._lists
            part = slice(start[row], start[row + 1])
            rows, values = rows[part], values[part]
        else:
            rows = np.arange(len(self.targets), dtype=np.int32)
            values = np.full(len(rows), np.inf, dtype=np.float32)
        pair = (self.targets, a.points[row], a.scale, a.offsets[row])
        state = (self.cover, self.owner, rows, values, self._count)
        gain = float(kernel.raise_cover_in_doubt(*pair, *state))
        self._count += 1
        self._value += gain
        # Looking is cheap but not free, and so is pruning.
        doubled = self._count & (self._count - 1) == 0
        if self._lists is not None:
            if doubled and self._count > 4:
                self._lists, _ = prune_lists(self._lists, self.cover)
        elif not self._found and (doubled or self._count < 16) and self._is_sparse():
            self._find()
        self._list_found()
        return gain

    def _find(self) -> NDArray[np.float64] | None:
        """Find the pairs to list, and bound the gains; None where the disk cannot hold them."""
        try:
            self._found, gains = alive_pairs(*self._arrays(), memory=self._memory / 2)
        except OutputError:
            self._reach = self._memory / 2
            return None
        return gains

    def _list_found(self) -> None:
        if self._found:
            self._lists = merge_lists(self._found, self.cover, self.size, self._memory / 2)

    def _is_listed(self, rows: NDArray[np.int64]) -> bool:
        if len(rows) > _FEW:
            self._list_found()
        return self._lists is not None

    def exchanges(self, picks: NDArray[np.int64], rows: NDArray[np.int64]) -> Exchanges:
        """Evaluate all exchanges of one of some picks for a row, in one pass over their pairs."""
        a = self.affinity
        pairs = (a.points, a.offsets, a.scale)
        return dense_exchanges(self.targets, self._lengths, self._held, *pairs, picks, rows)

    def _in_batches(self, evaluate: Any, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        a = self.affinity
        out = np.empty(len(rows))
        for low in range(0, len(rows), BLOCK):
            some = rows[low : low + BLOCK]
            pairs = (a.points[some], a.offsets[some], a.scale)
            out[low : low + BLOCK] = evaluate(self.targets, self._lengths, self.cover, *pairs)
        return out

    def _arrays(self) -> tuple[Any, Any, Any, Any, Any, Any]:
        a = self.affinity
        return self.targets, self._lengths, self.cover, a.points, a.offsets, a.scale

    def _is_sparse(self) -> bool:
        """Whether few enough pairs are alive for their lists to pay and to fit."""
        targets, points = self.targets, self.affinity.points
        if not len(targets) or not len(points):
            return False
        probe = np.linspace(0, len(targets) - 1, min(64, len(targets))).astype(np.int64)
        alive = 0
        for low in range(0, len(points), _PROBED):
            some = slice(low, low + _PROBED)
            near = targets[probe] @ points[some].T
            near *= np.float32(self.affinity.scale)
            near += self.affinity.offsets[some].astype(np.float32)
            alive += int(np.count_nonzero(near > self.cover[probe, None]))
        share = alive / (len(probe) * len(points))
        pairs = share * len(targets) * len(points)
        starts = 4 * len(points) * (len(targets) // kernel.TILE + 1)
        # What the stripes in work hold beside what is found.
        stripes = 2 * compiled_threads() * share * kernel.TILE * min(len(points), ACROSS)
        held = _PAIR_BYTES * (pairs + stripes) + starts
        return share <= _SPARSE and held <= self._reach


class ListedFacilityLocation:
    """Facility location where only listed pairs count; all others have affinity 0.

    Args:
        lists: For each candidate its targets, ascending, and their affinities.
        targets: Number of targets, m.
        held: (m,) float32, 0 or more, what each target has before any row is added: only what
            exceeds it counts. None for 0.

    Raises:
        ParameterError: ``held`` is negative somewhere.
    """

    monotone = True
    submodular = True

    def __init__(self, lists: Lists, targets: int, held: NDArray[np.float32] | None = None) -> None:
        self.lists = lists
        self._held = _before(targets, held)
        self.reset()

    def reset(self) -> None:
        """Go back to the empty set."""
        self.cover = self._held.copy()
        self.owner = np.full(len(self._held), -1, dtype=np.int64)
        self._count = 0
        self._value = 0.0

    @property
    def size(self) -> int:
        """Number of candidates."""
        return len(self.lists.start) - 1

    @property
    def value(self) -> float:
        """The value of the rows added so far."""
        return self._value

    def gains(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Evaluate the gains of some rows."""
        found: NDArray[np.float64] = listed_gains(*self.lists, self.cover, rows)
        return found

    def bounds(self) -> NDArray[np.float64]:
        """Evaluate every gain."""
        return self.gains(np.arange(self.size))

    def add(self, row: int) -> float:
        """Add a row and return its gain."""
        part = slice(self.lists.start[row], self.lists.start[row + 1])
        rows, values = self.lists.rows[part], self.lists.values[part]
        gain = float(kernel.raise_cover(self.cover, self.owner, rows, values, self._count))
        self._count += 1
        self._value += gain
        return gain

    def exchanges(self, picks: NDArray[np.int64], rows: NDArray[np.int64]) -> Exchanges:
        """Evaluate all exchanges of one of some picks for a row, in one pass over their lists."""
        return listed_exchanges(self.lists, self._held, picks, rows)
