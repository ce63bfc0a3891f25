"""Two passes over a stream under group limits and a matroid that crosses the groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.constraints.intersection import Independent, largest_common
from cribble.core.errors import QuotaError
from cribble.objectives.streamed import State, Streamed
from cribble.optimizers.base import Run

_CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    row: int
    group: int
    weight: float
    view: NDArray[Any]


class FairMatroidStream:
    """A set of large value, independent, within group maxima, with half of each group minimum.

    The first pass (`look`) keeps, of each group, rows that span the group in the matroid, and
    from them a set that meets all minima. Its rows are dealt to two halves, group by group. In
    the second pass (`push`) each half grows a set beside it: a row joins where it gains at least
    twice the weight of the rows it drives out, one from the matroid and one from its group; the
    weight of a row is its gain when it joined. At the end (`result`) each set takes in its half,
    as far as the maxima allow, and rows held fill it up, those of short groups first.

    The value is at least 1/16 of the best set that meets all limits, in any order of the rows: one
    of two parts of it fits beside a half, and swaps within two matroids have 1/8 of that part. The
    authors' 1 / 11.656 is that of another, heavier subroutine. Independence and maxima hold to the
    row, and of a minimum l at least floor(l / 2) rows are there. Where no row held can simply join
    a set that is still too small, rows are exchanged, which may lower the value; ``moved`` counts
    the paths of such exchanges, and the factor holds where it is 0. Memory: k rows a group. How
    the stream is cut into blocks changes nothing.

    Args:
        function: What to maximize; monotone and submodular.
        independent: Tells whether some rows, by number, are independent in the matroid.
        count: Number of rows to pick.
        lower: (C,) int64, the least of each group.
        upper: (C,) int64, the most of each group.
        start: The state of rows that are picked already, beside which gains are measured.

    Source:
        El Halabi, Fusco, Norouzi-Fard, Tardos and Tarnawski (2023), arXiv:2305.15118; the swaps,
        Chakrabarti and Kale (2015), arXiv:1309.2038.
    """

    def __init__(
        self,
        function: Streamed,
        independent: Independent,
        count: int,
        lower: NDArray[np.int64],
        upper: NDArray[np.int64],
        *,
        start: State | None = None,
    ) -> None:
        self.function, self.count, self._matroid = function, count, independent
        self.lower, self.upper = lower, upper
        self.start = function.empty() if start is None else start
        self.moved = 0
        self._spanning: list[list[int]] = [[] for _ in lower]
        self._refused: set[tuple[int, int]] = set()
        self._group: dict[int, int] = {}
        self._views: dict[int, NDArray[Any]] = {}
        self._halves: tuple[_Half, _Half] | None = None

    def look(
        self,
        ids: NDArray[np.int64],
        groups: NDArray[np.int64],
        kinds: NDArray[np.int64],
        rows: NDArray[Any],
    ) -> None:
        """Take in the next rows of the first pass.

        Args:
            ids: (m,) int64 numbers of the rows; a number comes once in a pass.
            groups: (m,) int64 group of each.
            kinds: (m,) int64; rows of one kind are the same to the matroid. Numbers of their own
                are always right.
            rows: (m, d) float.
        """
        views = None
        for place, (row, group, kind) in enumerate(
            zip(ids.tolist(), groups.tolist(), kinds.tolist(), strict=True)
        ):
            # A row that one of its kind could not join cannot join either.
            if (group, kind) in self._refused or self.upper[group] <= 0:
                continue
            if not self.independent([*self._spanning[group], row]):
                self._refused.add((group, kind))
                continue
            views = self.function.view(rows) if views is None else views
            self._spanning[group].append(row)
            self._hold(row, group, views[place])

    def push(
        self,
        ids: NDArray[np.int64],
        groups: NDArray[np.int64],
        kinds: NDArray[np.int64],
        rows: NDArray[Any],
    ) -> None:
        """Take in the next rows of the second pass; arguments as for `look`.

        Raises:
            QuotaError: No set of the stream of the first pass meets the limits.
        """
        halves = self._begun()
        for low in range(0, len(ids), _CHUNK):
            part = slice(low, low + _CHUNK)
            views = self.function.view(rows[part])
            for half in halves:
                half.take(ids[part], groups[part], kinds[part], views)

    def result(self) -> Run:
        """The better of the two sets, filled up.

        Raises:
            QuotaError: No set of the stream of the first pass meets the limits.
        """
        halves = self._begun()
        for half in halves:
            for one in half.members:
                self._hold(one.row, one.group, one.view)
        filled = [self._filled(half.whole()) for half in halves]
        self.moved = sum(moved for _, moved in filled)
        return max((run for run, _ in filled), key=lambda run: run.value)

    @property
    def swaps(self) -> int:
        """How often a row drove others out."""
        return sum(half.swaps for half in self._halves or ())

    def independent(self, rows: list[int]) -> bool:
        """Whether rows are independent and no more than are asked for: a matroid, too."""
        return len(rows) <= self.count and self._matroid(rows)

    def _hold(self, row: int, group: int, view: NDArray[Any]) -> None:
        if row not in self._group:
            self._group[row], self._views[row] = group, view.copy()

    def fits(self, rows: list[int], lower: NDArray[np.int64]) -> bool:
        """Whether rows can be extended to so many with group minima and the maxima."""
        counts = np.bincount([self._group[row] for row in rows], minlength=len(lower))
        needed = int(np.maximum(counts, lower).sum())
        return bool((counts <= self.upper).all()) and needed <= self.count

    def _begun(self) -> tuple[_Half, _Half]:
        """Prove the limits feasible, and deal rows that meet the minima to two halves."""
        if self._halves is None:
            held = [row for spanning in self._spanning for row in spanning]
            whole = largest_common(
                held, self.independent, lambda rows: self.fits(rows, self.lower), most=self.count
            )
            counts = np.bincount([self._group[row] for row in whole], minlength=len(self.lower))
            if len(whole) < self.count or (counts < self.lower).any():
                raise QuotaError(
                    f"{self.count:,} rows, at least {self.lower.tolist()} and at most "
                    f"{self.upper.tolist()} a group",
                    f"within the other limits at most {len(whole):,} rows meet them",
                    "lower the limits or make the first pass over all rows",
                )
            dealt: tuple[list[int], list[int]] = ([], [])
            for group, least in enumerate(self.lower.tolist()):
                some = sorted(row for row in whole if self._group[row] == group)[:least]
                for side in (0, 1):
                    dealt[side].extend(some[side::2])
            self._halves = (_Half(self, dealt[0]), _Half(self, dealt[1]))
        return self._halves

    def _filled(self, found: list[int]) -> tuple[Run, int]:
        """Fill a set up by gain, then by exchanges that keep half of the minima; counts these."""
        half, moved = self.lower // 2, 0

        def fits(rows: list[int]) -> bool:
            return self.fits(rows, half)

        state, gains = self._grown(self.start, found)
        ids = np.array(sorted(self._group), dtype=np.int64)
        while len(found) < self.count:
            left = ids[~np.isin(ids, found)]
            views = np.stack([self._views[row] for row in left.tolist()])
            groups = np.array([self._group[row] for row in left.tolist()])
            counts = np.bincount([self._group[row] for row in found], minlength=len(half))
            # Rows of groups that are short of their whole minimum come first.
            order = np.lexsort((-self.function.gains(state, views), (counts >= self.lower)[groups]))
            ways = ([*found, row] for row in left[order].tolist())
            larger = next((way for way in ways if self.independent(way) and fits(way)), None)
            if larger is not None:
                found = larger
                state, last = self._grown(state, larger[-1:])
                gains += last
                continue
            moved += 1
            asked = (ids.tolist(), self.independent, fits, found)
            found = largest_common(*asked, most=len(found) + 1)
            state, gains = self._grown(self.start, found)
        picks = np.asarray(found, dtype=np.int64)
        return Run(picks, np.asarray(gains, dtype=np.float64), float(sum(gains)), None, 0), moved

    def _grown(self, state: State, rows: list[int]) -> tuple[State, list[float]]:
        """Add rows to a state, and tell what each gained."""
        gains = []
        for row in rows:
            view = self._views[row]
            gains.append(float(self.function.gains(state, view[None])[0]))
            state = self.function.grown(state, view)
        return state, gains


class _Half:
    """The set that grows beside one half of the rows that meet the minima."""

    def __init__(self, stream: FairMatroidStream, beside: list[int]) -> None:
        self._stream, self._beside = stream, beside
        self._state = stream.start
        self._prices: dict[tuple[int, int], tuple[float, list[int]]] = {}
        self.members: list[_Member] = []
        self.swaps = 0

    def whole(self) -> list[int]:
        """The set with its half, as far as the maxima allow."""
        rows = [one.row for one in self.members]
        counts = np.bincount([one.group for one in self.members], minlength=len(self._stream.upper))
        for row in self._beside:
            group = self._stream._group[row]
            if row not in rows and counts[group] < self._stream.upper[group]:
                rows.append(row)
                counts[group] += 1
        return rows

    def take(
        self,
        ids: NDArray[np.int64],
        groups: NDArray[np.int64],
        kinds: NDArray[np.int64],
        views: NDArray[Any],
    ) -> None:
        """Let the rows of a block join that gain enough, one after another."""
        place = 0
        while place < len(ids):
            gains = self._stream.function.gains(self._state, views[place:])
            # A row that gains nothing would only take a place.
            for ahead in np.nonzero(gains > 0)[0].tolist():
                at, gain = place + ahead, float(gains[ahead])
                row, group, kind = int(ids[at]), int(groups[at]), int(kinds[at])
                price, leaving = self._price(row, group, kind)
                if gain >= price:
                    self._join(_Member(row, group, gain, views[at].copy()), leaving)
                    place = at + 1
                    break
            else:
                return

    def _price(self, row: int, group: int, kind: int) -> tuple[float, list[int]]:
        """What a row must gain to join, and the places of those that it drives out."""
        known = self._prices.get((group, kind))
        # A row of the half is with the set anyhow, unlike others of its kind.
        if known is not None and row not in self._beside:
            return known
        everyone = list(range(len(self.members)))
        found = (0.0, list[int]())
        if not self._independent(everyone, row):
            ways = [at for at in everyone if self._independent(_without(everyone, at), row)]
            found = self._dearer(found, ways)
        own = [at for at in everyone if self.members[at].group == group]
        if len(own) >= self._stream.upper[group]:
            found = self._dearer(found, own)
        if row not in self._beside:
            self._prices[group, kind] = found
        return found

    def _dearer(self, found: tuple[float, list[int]], ways: list[int]) -> tuple[float, list[int]]:
        """Add to a price that of the lightest of some members, one of which must leave."""
        if not ways:
            return np.inf, []
        out = min(ways, key=lambda at: (self.members[at].weight, at))
        return found[0] + 2 * self.members[out].weight, [*found[1], out]

    def _independent(self, places: list[int], row: int) -> bool:
        rows = [self.members[at].row for at in places]
        return self._stream.independent(list(dict.fromkeys([*self._beside, *rows, row])))

    def _join(self, member: _Member, leaving: list[int]) -> None:
        self._prices.clear()
        joining = [member]
        if leaving:
            self.swaps += 1
            kept = [one for at, one in enumerate(self.members) if at not in leaving]
            joining, self.members, self._state = [*kept, member], [], self._stream.start
        for one in joining:
            self.members.append(one)
            self._state = self._stream.function.grown(self._state, one.view)


def _without(places: list[int], out: int) -> list[int]:
    return [at for at in places if at != out]
