"""Two passes over a stream under group limits: what can fill them, then swaps for the better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Groups, Limits, row_uniforms
from cribble.core.errors import QuotaError
from cribble.objectives.streamed import State, Streamed
from cribble.optimizers.base import Run
from cribble.optimizers.finishing import finish

_CHUNK = 512


@dataclass(frozen=True, slots=True, eq=False)
class FairLimits:
    """How many rows to pick in all and of each group.

    Args:
        count: Number of rows.
        lower: (C,) int64, the least of each group.
        upper: (C,) int64, the most of each group.
    """

    count: int
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]

    def extendable(self, counts: NDArray[np.int64]) -> bool:
        """Whether a set with these counts a group is part of one within the limits.

        Such sets are a matroid, as long as the stream has rows enough to fill them.
        """
        needed = int(np.maximum(counts, self.lower).sum())
        return bool((counts <= self.upper).all()) and needed <= self.count


@dataclass(slots=True, eq=False)
class _Member:
    row: int
    group: int
    weight: float
    vector: NDArray[Any]
    view: NDArray[Any]


class FairStream:
    """A set of large value that holds group minima and maxima, from two passes over a stream.

    The first pass (`look`) keeps a random sample of each group, as many rows as its maximum, and
    so knows whether the limits can be met. In the second (`push`), a row joins the set if the
    set stays extendable to one within the limits, or in place of the lightest row with which it
    would, if its gain is at least twice that row's weight; the weight of a row is its gain when
    it joined. At the end what is missing is filled up by gain from the rows held; or greedy among
    these is returned, where that is better.

    The value is at least 1/4 of the best set within the limits, in any order of the rows, and the
    limits hold to the row. Memory is the rows, views and states of two sets and the sample: O(k)
    and the sum of the maxima. How the stream is cut into blocks changes nothing.

    Args:
        function: What to maximize; monotone and submodular.
        limits: What to hold.
        seed: Seed of the sample.
        start: The state of rows that are picked already, beside which gains are measured.

    Source:
        Chakrabarti and Kale (2015), arXiv:1309.2038, for the swaps; El Halabi, Mitrovic,
        Norouzi-Fard, Tardos and Tarnawski (2020), arXiv:2010.07431, for the matroid; in two passes,
        El Halabi, Fusco, Norouzi-Fard, Tardos and Tarnawski (2023), arXiv:2305.15118.
    """

    def __init__(
        self, function: Streamed, limits: FairLimits, *, seed: int = 0, start: State | None = None
    ) -> None:
        self.function, self.limits = function, limits
        self.start = function.empty() if start is None else start
        self.swaps = 0
        self._seed, self._seen = seed, 0
        self._sample: list[list[tuple[float, int]]] = [[] for _ in limits.lower]
        self._vectors: dict[int, NDArray[Any]] = {}
        self._members: list[_Member] = []
        self._state = self.start

    def look(self, ids: NDArray[np.int64], groups: NDArray[np.int64], rows: NDArray[Any]) -> None:
        """Take in the next rows of the first pass.

        Args:
            ids: (m,) int64 numbers of the rows; a number comes once in a pass.
            groups: (m,) int64 group of each.
            rows: (m, d) float; copied where a row is held.
        """
        keys = row_uniforms(self._seed, "sample", self._seen, self._seen + len(ids))
        self._seen += len(ids)
        for group, sample in enumerate(self._sample):
            room = min(int(self.limits.upper[group]), self.limits.count)
            last = sample[-1][0] if len(sample) >= room and sample else np.inf
            for place in np.nonzero((groups == group) & (keys < last))[0].tolist():
                sample.append((float(keys[place]), int(ids[place])))
                self._vectors[int(ids[place])] = np.array(rows[place])
            sample.sort()
            for _, row in sample[room:]:
                del self._vectors[row]
            del sample[room:]

    def push(self, ids: NDArray[np.int64], groups: NDArray[np.int64], rows: NDArray[Any]) -> None:
        """Take in the next rows of the second pass; arguments as for `look`.

        Raises:
            QuotaError: The stream of the first pass had too few rows for the limits.
        """
        self._check()
        for low in range(0, len(ids), _CHUNK):
            part = slice(low, low + _CHUNK)
            views = self.function.view(rows[part])
            self._pass(ids[part], groups[part], rows[part], views)

    def result(self) -> Run:
        """The picks: the set filled up by gain, or greedy among all rows held if that is better.

        Raises:
            QuotaError: The stream of the first pass had too few rows for the limits.
        """
        self._check()
        held = {one.row: (one.group, one.vector) for one in self._members}
        for group, sample in enumerate(self._sample):
            held.update({row: (group, self._vectors[row]) for _, row in sample})
        ids = np.array(sorted(held), dtype=np.int64)
        if not len(ids):
            return Run(ids, np.empty(0), 0.0, None, 0)
        size, names = len(ids), tuple(map(str, range(len(self._sample))))
        limits = Limits(
            size=size,
            rows=self.limits.count,
            cost=None,
            costs=None,
            keep=ids[:0],
            excluded=np.zeros(size, dtype=np.bool_),
            column="group",
            groups=Groups(np.array([held[row][0] for row in ids.tolist()]), names),
            lower=self.limits.lower,
            upper=self.limits.upper,
        )
        rows = np.stack([held[row][1] for row in ids.tolist()])
        found = [member.row for member in self._members]
        return finish(self.function, self.start, ids, rows, found, limits)

    def _check(self) -> None:
        sizes = np.array([len(sample) for sample in self._sample], dtype=np.int64)
        short = np.maximum(sizes, self.limits.lower) > sizes
        if short.any() or sizes.sum() < self.limits.count or not self.limits.extendable(0 * sizes):
            raise QuotaError(
                f"{self.limits.count:,} rows, at least {self.limits.lower.tolist()} a group",
                f"the first pass found {sizes.tolist()} within the maxima",
                "lower the limits or make the first pass over all rows",
            )

    def _counts(self) -> NDArray[np.int64]:
        counts = np.zeros(len(self.limits.lower), dtype=np.int64)
        for member in self._members:
            counts[member.group] += 1
        return counts

    def _fits(self, counts: NDArray[np.int64], group: int, instead: int | None = None) -> bool:
        after = counts.copy()
        after[group] += 1
        if instead is not None:
            after[instead] -= 1
        return self.limits.extendable(after)

    def _prices(self, counts: NDArray[np.int64]) -> list[tuple[float, int]]:
        """What a row of each group must gain to join, and the position whose place it takes."""
        prices = []
        lightest: dict[int, int] = {}
        for at, member in enumerate(self._members):
            kept = lightest.get(member.group)
            if kept is None or member.weight < self._members[kept].weight:
                lightest[member.group] = at
        for group in range(len(counts)):
            if self._fits(counts, group):
                prices.append((0.0, -1))
                continue
            ways = [at for other, at in lightest.items() if self._fits(counts, group, other)]
            best = min(ways, key=lambda at: (self._members[at].weight, at), default=-1)
            prices.append((2 * self._members[best].weight if best >= 0 else np.inf, best))
        return prices

    def _pass(
        self,
        ids: NDArray[np.int64],
        groups: NDArray[np.int64],
        rows: NDArray[Any],
        views: NDArray[Any],
    ) -> None:
        place = 0
        while place < len(ids):
            prices = self._prices(self._counts())
            asked = np.array([price for price, _ in prices])
            gains = self.function.gains(self._state, views[place:])
            # A row that gains nothing would only take a place.
            joins = np.nonzero((gains >= asked[groups[place:]]) & (gains > 0))[0]
            if not len(joins):
                return
            place += int(joins[0])
            group = int(groups[place])
            self._join(
                _Member(
                    int(ids[place]),
                    group,
                    float(gains[joins[0]]),
                    np.array(rows[place]),
                    views[place].copy(),
                ),
                prices[group][1],
            )
            place += 1

    def _join(self, member: _Member, instead: int) -> None:
        if instead < 0:
            self._members.append(member)
            self._state = self.function.grown(self._state, member.view)
            return
        self.swaps += 1
        del self._members[instead]
        self._members.append(member)
        self._state = self.start
        for one in self._members:
            self._state = self.function.grown(self._state, one.view)
