"""Swaps between medoids and other rows: what they gain, and what they change.

Matrix products bound distances from below, and so the loss that a swap could leave. Who might
lower it is measured: in float64, each pair of rows by itself, in one fixed order. So a swap hangs
on the rows alone, on no block, thread or machine.

NumPy alone. A process that loads compiled code holds 130 MB more than a search through 10,000 rows
does, and the work is in matrix products either way.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_UNIT = 2.0**-24  # half the distance from 1 to the next float32
_ENTRIES = 1 << 17  # of a block of float64 numbers, 1 MB
_WINDOW = 8


class Rules(NamedTuple):
    """Which swaps are allowed.

    Args:
        allowed: (n,) bool, rows that may be medoids.
        fixed: (n,) bool, medoids that stay.
        codes: (n,) int64 group of each row.
        lower: (C,) int64 least number of medoids of each group.
        upper: (C,) int64 largest number.
        costs: (n,) float64 cost of each row.
        budget: What the medoids may cost together.
    """

    allowed: NDArray[np.bool_]
    fixed: NDArray[np.bool_]
    codes: Ints
    lower: Ints
    upper: Ints
    costs: Floats
    budget: float

    @classmethod
    def free(cls, n: int) -> Rules:
        """Any row may replace any medoid."""
        none, one = np.zeros(n, dtype=np.bool_), np.zeros(1, dtype=np.int64)
        return cls(~none, none, np.zeros(n, dtype=np.int64), one, one + n, np.zeros(n), np.inf)

    def of(self, rows: Ints) -> Rules:
        """The same rules on some of the rows."""
        return self._replace(
            allowed=self.allowed[rows],
            fixed=self.fixed[rows],
            codes=self.codes[rows],
            costs=self.costs[rows],
        )


class Pairs(NamedTuple):
    """Candidates and rows that may be nearer to them than to their second medoid.

    Args:
        line: (m,) int64 place of the candidate in its block, ascending.
        row: (m,) int64.
        gap: (m,) float64 their distance, or no more than it.
    """

    line: Ints
    row: Ints
    gap: Floats

    def only(self, which: Any) -> Pairs:
        """Some of them, by a mask or a slice."""
        return Pairs(self.line[which], self.row[which], self.gap[which])


def squared_lengths(x: NDArray[Any]) -> Floats:
    """Squared length of each row, (n,) float64."""
    out = np.empty(len(x))
    for part in _blocks(len(x), x.shape[1]):
        np.square(x[part], dtype=np.float64).sum(axis=1, out=out[part])
    return out


def _blocks(n: int, width: int) -> list[slice]:
    step = max(1, _ENTRIES // max(1, width))
    return [slice(start, start + step) for start in range(0, n, step)]


class Swaps:
    """Medoids, the two nearest of each row, and what swaps with other rows do to the loss.

    Holds 65 bytes a row.

    Args:
        x: (n, d) float32, n at least 1.
        start: (k,) int64 distinct rows, the medoids to begin with, k at least 1.
        rules: Which swaps are allowed.
        root: Whether distances are Euclidean, or their squares.

    Attributes:
        medoids: (k,) int64 rows.
        near: (n,) int32 place of the nearest medoid, the first among equals.
        gap: (n,) float64 distance to it.
        done: How many swaps were done.
    """

    def __init__(self, x: NDArray[np.float32], start: Ints, rules: Rules, root: bool) -> None:
        n = len(x)
        self.x, self.root, self.rules = x, root, rules
        self.medoids = start.astype(np.int64)
        squares = squared_lengths(x)
        self._halves = (squares / 2).astype(np.float32)
        length = np.sqrt(squares)
        longest = float(length.max())
        # Of a product of d terms, of its half, and of their difference; twice.
        self._errors = 2 * _UNIT * ((x.shape[1] + 2) * length * longest + longest**2)
        # Less two scores, they bound a squared distance from below.
        self._floors = squares - 2 * self._errors
        # Beyond every distance, by the triangle inequality, and not so far that sums lose digits.
        self._far = 3 * longest if root else 9 * longest**2
        self.near, self._next_near = np.empty((2, n), dtype=np.int32)
        self.gap, self._next_gap = np.empty((2, n))
        self._bars = np.empty(n, dtype=np.float32)
        self.open = rules.allowed.copy()
        self.open[start] = False
        self._counts = np.bincount(rules.codes[start], minlength=len(rules.lower))
        self._slack = rules.budget - float(rules.costs[start].sum())
        self.done = 0
        everything = np.arange(n)
        self._find_two(everything)
        self._refresh(everything)

    @property
    def loss(self) -> float:
        """The summed distances to the nearest medoids."""
        return float(self.gap.sum())

    def scores(self, rows: Ints, others: NDArray[np.float32]) -> NDArray[np.float32]:
        """Products of rows with others, less half the squared length of the row; (b, m)."""
        out: NDArray[np.float32] = self.x[rows] @ others.T
        out -= self._halves[rows, None]
        return out

    def try_rows(self, rows: Ints, scores: NDArray[np.float32]) -> int:
        """Swap in each row that lowers the loss, at once, where it lowers it most.

        Gains that rounding could feign do not count.

        Args:
            rows: (b,) int64, each looked at once, in this order.
            scores: (b, n) float32, theirs with all rows.

        Returns:
            The number of swaps.
        """
        before, at, size = self.done, 0, _WINDOW
        while at < len(rows):
            part = slice(at, at + size)
            place = self._first_swap(rows[part], scores[part])
            if place < 0:
                at, size = at + size, 2 * size
            else:  # what was worked out for those after it holds no more
                at, size = at + place + 1, _WINDOW
        return self.done - before

    def promising(self, rows: Ints, drawn: Ints) -> NDArray[np.bool_]:
        """Mark the candidates of which a sample of rows expects that they lower the loss.

        The change that a swap makes is what the removal costs, which is known, plus a sum over
        rows that is zero for all rows nearer to their second medoid than to the candidate. That
        sum is estimated.

        Args:
            rows: (b,) int64 candidates.
            drawn: (s,) int64 rows of the sample.

        Returns:
            (b,) bool.
        """
        scale, fits = len(self.x) / len(drawn), self._may_replace(rows)
        pairs = self._pairs(self.scores(rows, self.x[drawn]), drawn)
        low = self._removal + scale * self._changes(pairs, len(rows))
        out: NDArray[np.bool_] = np.any(fits & (low < 0), axis=1)
        kept = np.flatnonzero(out)
        pairs = self._measured(rows, pairs.only(out[pairs.line]))
        pairs = pairs._replace(line=np.searchsorted(kept, pairs.line))
        changes = self._removal + scale * self._changes(pairs, len(kept))
        out[kept] = (fits[kept] & (changes < 0)).any(axis=1)
        return out

    def _first_swap(self, rows: Ints, scores: NDArray[np.float32]) -> int:
        """Do the first swap that lowers the loss; returns its place, -1 if there is none."""
        least, fits = -1e-9 * self.loss, self._may_replace(rows)
        fits[~self.open[rows]] = False
        pairs = self._pairs(scores)
        low = np.where(fits, self._removal + self._changes(pairs, len(rows)), np.inf)
        for place in np.flatnonzero(low.min(axis=1) < least).tolist():
            part = slice(*np.searchsorted(pairs.line, (place, place + 1)))
            own = self._measured(rows, pairs.only(part))
            change = self._changes(own._replace(line=np.zeros_like(own.line)), 1)[0]
            change = np.where(fits[place], self._removal + change, np.inf)
            out = int(change.argmin())
            if change[out] < least:
                self._swap(out, int(rows[place]), own)
                return int(place)
        return -1

    def _pairs(self, scores: NDArray[np.float32], drawn: Ints | None = None) -> Pairs:
        """Find pairs by their scores, with distances that are too short, if anything."""
        width = scores.shape[1]
        flat = np.flatnonzero(scores > (self._bars if drawn is None else self._bars[drawn]))
        line = flat // width
        row = flat - line * width
        row = row if drawn is None else drawn[row]
        low = np.maximum(self._floors[row] - 2.0 * scores.ravel()[flat], 0.0)
        return Pairs(line, row, np.sqrt(low, out=low) if self.root else low)

    def _changes(self, pairs: Pairs, b: int) -> Floats:
        """What each candidate would change at each place, without what the removal costs; (b, k).

        A distance that is too short gives a change that is too good.
        """
        line, row, gap = pairs
        k, near, second = len(self.medoids), self.near[row], self._next_gap[row]
        own = self.gap[row]
        shared = np.minimum(gap, own) - own
        placed = np.minimum(gap, second) - second - shared
        changes: Floats = np.add(
            np.bincount(line * k + near, placed, b * k).reshape(b, k),
            np.bincount(line, shared, b)[:, None],
        )
        return changes

    def _measured(self, rows: Ints, pairs: Pairs) -> Pairs:
        return pairs._replace(gap=self._distances(rows[pairs.line], pairs.row))

    def _distances(self, left: Ints, right: Ints) -> Floats:
        """Distances of pairs of rows, (m,)."""
        out = np.empty(len(left))
        for part in _blocks(len(left), self.x.shape[1]):
            apart = np.subtract(self.x[left[part]], self.x[right[part]], dtype=np.float64)
            np.square(apart, out=apart).sum(axis=1, out=out[part])
        return np.sqrt(out, out=out) if self.root else out

    def _may_replace(self, rows: Ints) -> NDArray[np.bool_]:
        """Tell whether the limits let each row replace each medoid; (b, k)."""
        rules, counts = self.rules, self._counts
        here, there = rules.codes[self.medoids], rules.codes[rows]
        fewer, more = counts[here] > rules.lower[here], counts[there] < rules.upper[there]
        out: NDArray[np.bool_] = (here == there[:, None]) | (fewer & more[:, None])
        out &= rules.costs[rows, None] - rules.costs[self.medoids] <= self._slack
        out &= ~rules.fixed[self.medoids]
        return out

    def _swap(self, out: int, into: int, nearer: Pairs) -> None:
        """Put row ``into`` in the place ``out``, and bring up to date whom it concerns."""
        rules, row = self.rules, self.medoids[out]
        self.open[row], self.open[into] = rules.allowed[row], False
        self._counts[rules.codes[row]] -= 1
        self._counts[rules.codes[into]] += 1
        self._slack += float(rules.costs[row] - rules.costs[into])
        self.medoids[out] = into
        lost = (self.near == out) | (self._next_near == out)
        kept = ~lost[nearer.row]
        self._come_nearer(out, nearer.row[kept], nearer.gap[kept])
        left = np.flatnonzero(lost)
        self._find_two(left)
        self._refresh(np.concatenate([nearer.row[kept], left]))
        self.done += 1

    def _come_nearer(self, place: int, rows: Ints, gap: Floats) -> None:
        """Let a medoid that is new to some rows be one of their two where it is near enough."""
        near, own = self.near[rows], self.gap[rows]
        second, far = self._next_near[rows], self._next_gap[rows]
        first = (gap < own) | ((gap == own) & (place < near))
        other = ~first & ((gap < far) | ((gap == far) & (place < second)))
        self._next_near[rows] = np.where(first, near, np.where(other, place, second))
        self._next_gap[rows] = np.where(first, own, np.where(other, gap, far))
        self.near[rows] = np.where(first, place, near)
        self.gap[rows] = np.where(first, gap, own)

    def _find_two(self, rows: Ints) -> None:
        """Find the two nearest medoids of some rows anew, the first among equals."""
        others, halves = self.x[self.medoids], self._halves[self.medoids]
        k = len(others)
        for part in _blocks(len(rows), k):
            some = rows[part]
            scores = halves - self.x[some] @ others.T
            reach = np.full(len(some), np.inf)
            if k > 1:
                reach = np.partition(scores, 1, axis=1)[:, 1] + 2 * self._errors[some]
            line, place = np.nonzero(scores <= reach[:, None])
            gaps = np.full((len(some), k), np.inf)
            gaps[line, place] = self._distances(some[line], self.medoids[place])
            self.near[some], self.gap[some] = _take_least(gaps)
            next_near, next_gap = _take_least(gaps)
            self._next_near[some] = next_near if k > 1 else -1
            self._next_gap[some] = next_gap if k > 1 else self._far

    def _refresh(self, rows: Ints) -> None:
        """Bring up to date what follows from the two nearest medoids of some rows."""
        reach = self._next_gap[rows] ** 2 if self.root else self._next_gap[rows]
        bars = (self._floors[rows] - reach) / 2
        self._bars[rows] = np.nextafter(bars.astype(np.float32), np.float32(-np.inf))
        # What the loss would grow by if each medoid went, and its rows to their second.
        self._removal = np.bincount(self.near, self._next_gap - self.gap, len(self.medoids))


def _take_least(gaps: Floats) -> tuple[Ints, Floats]:
    """The place of the least of each line, the first among equals, and it; infinity follows it."""
    line, place = np.arange(len(gaps)), gaps.argmin(axis=1)
    least = gaps[line, place]
    gaps[line, place] = np.inf
    return place, least
