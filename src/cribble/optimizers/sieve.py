"""One pass over a stream: every sieve lets through what gains at least its threshold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Pool, row_uniforms
from cribble.core.errors import ParameterError
from cribble.objectives.streamed import State, Streamed
from cribble.optimizers.base import Run
from cribble.optimizers.finishing import finish

# Rows whose views are held at once.
_CHUNK = 512


@dataclass(slots=True, eq=False)
class Sieve:
    """The set of one threshold.

    Args:
        threshold: Least gain of its rows.
        state: The state of its set.
        value: What its rows add to the start.
        rows: Their numbers.
    """

    threshold: float
    state: State
    value: float = 0.0
    rows: list[int] = field(default_factory=list)


class SieveStream:
    """Sieve-streaming++: a set of large value from one pass, in bounded memory.

    For each threshold of a grid (1 + eps)^i a set takes every row that gains at least the
    threshold, until it is full. The grid reaches from max(best value, best single row) / 2 k up
    to the best single row, and moves up as those do. Some set has at least 1 / (2 (1 + eps)) of
    the optimum, in any order of the rows.

    Beside the sets a uniform sample of ``count`` rows is held. The picks are the best set filled
    up from all rows held, or greedy among them where that is better.

    Nothing depends on how the stream is cut into blocks. Memory is the state and the rows of at
    most log(2 k) / log(1 + eps) + 2 sets, and 512 views. The object can be pickled, and the
    stream go on later.

    Args:
        function: What to maximize; monotone and submodular.
        count: Number of rows to pick, k.
        eps: Ratio between thresholds, less 1.
        seed: Seed of the sample.
        start: The state of rows that are picked already; None for none.

    Attributes:
        seen: Number of rows that have passed.
        peak: Largest number of rows held so far, as counted after every block.

    Raises:
        ParameterError: ``eps`` is not above 0, or ``count`` is negative.

    Source:
        Kazemi, Mitrovic, Zadimoghaddam, Lattanzi and Karbasi (2019), arXiv:1905.00948;
        Badanidiyuru et al. (2014), doi:10.1145/2623330.2623637.
    """

    def __init__(
        self,
        function: Streamed,
        count: int,
        *,
        eps: float = 0.1,
        seed: int = 0,
        start: State | None = None,
    ) -> None:
        if not eps > 0:
            raise ParameterError("eps", eps, "above 0")
        if count < 0:
            raise ParameterError("count", count, "0 or more")
        self.function, self.count, self.eps = function, count, eps
        self.start = function.empty() if start is None else start
        self.seen = self.peak = 0
        self._seed = seed
        self._best_single = self._best_value = 0.0
        self._sieves: dict[int, Sieve] = {}
        self._held: dict[int, NDArray[Any]] = {}
        self._sample: list[tuple[float, int]] = []

    def push(self, ids: NDArray[np.int64], rows: NDArray[Any]) -> None:
        """Let the next rows of the stream pass.

        Args:
            ids: (m,) int64 numbers of the rows; a number comes once in a stream.
            rows: (m, d) float; copied where a row is held.
        """
        if self.count == 0:
            return
        for low in range(0, len(ids), _CHUNK):
            self._pass(ids[low : low + _CHUNK], rows[low : low + _CHUNK])

    @property
    def held(self) -> NDArray[np.int64]:
        """The rows that may still be returned, ascending; all others can be forgotten."""
        return np.array(sorted(self._held), dtype=np.int64)

    @property
    def upper_bound(self) -> float:
        """What no ``count`` rows of the stream add to the start.

        A row that a set with room left out gained less than the threshold there, and gains no
        more now.
        """
        bounds = [one.value + self.count * one.threshold for one in self._open().values()]
        return min([*bounds, self.count * self._best_single])

    def result(self) -> Run:
        """The picks so far, ``count`` of them as soon as that many rows have passed."""
        ids = self.held
        if not len(ids):
            return Run(ids, np.empty(0), 0.0, 0.0 if not self.count else self.upper_bound, 0)
        best = max(self._sieves.values(), key=lambda one: one.value, default=None)
        found = best.rows if best is not None else []
        rows = np.stack([self._held[row] for row in ids.tolist()])
        limits = Budget(rows=min(self.count, len(ids))).resolve(Pool(len(ids)))
        run = finish(self.function, self.start, ids, rows, found, limits)
        return Run(run.indices, run.gains, run.value, self.upper_bound, run.evaluations)

    def _open(self) -> dict[int, Sieve]:
        return {at: one for at, one in self._sieves.items() if len(one.rows) < self.count}

    def _pass(self, ids: NDArray[np.int64], rows: NDArray[Any]) -> None:
        views = self.function.view(rows)
        alone = self.function.gains(self.start, views)
        kept = self._draw(ids)
        before = np.maximum.accumulate(np.concatenate([[self._best_single], alone]))[:-1]
        rises = np.nonzero(alone > before)[0].tolist()
        sets = set(self._sieves)
        everyone = np.arange(len(ids))
        waiting = {
            at: self._hopeful(one, views, alone, everyone) for at, one in self._open().items()
        }
        while True:
            ahead = [int(rows[0]) for rows in waiting.values() if len(rows)] + rises[:1]
            if not ahead:
                break
            place = min(ahead)
            if rises and rises[0] == place:
                rises.pop(0)
                self._best_single = float(alone[place])
                for at in self._widen():
                    above = everyone[place:]
                    waiting[at] = above[alone[above] >= self._sieves[at].threshold]
            for at in sorted(waiting):
                if len(waiting[at]) and waiting[at][0] == place:
                    kept.add(place)
                    waiting[at] = self._let_in(at, int(ids[place]), views, alone, waiting[at])
            for at in self._narrow():
                waiting.pop(at, None)
        if kept or sets != set(self._sieves):
            self._hold(ids, rows, kept)

    def _hopeful(
        self, one: Sieve, views: NDArray[Any], alone: NDArray[np.float64], places: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Find the rows that would pass a sieve now; no other will later."""
        places = places[alone[places] >= one.threshold]
        return places[self.function.gains(one.state, views[places]) >= one.threshold]

    def _let_in(
        self,
        at: int,
        row: int,
        views: NDArray[Any],
        alone: NDArray[np.float64],
        places: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Add the first row in line to a set; return who still would pass."""
        one, view = self._sieves[at], views[places[0]]
        one.value += float(self.function.gains(one.state, view[None])[0])
        one.state = self.function.grown(one.state, view)
        one.rows.append(row)
        self._best_value = max(self._best_value, one.value)
        if len(one.rows) == self.count:
            return places[:0]
        return self._hopeful(one, views, alone, places[1:])

    def _least(self) -> int:
        """The least exponent that may still lead to the optimum."""
        return self._exponent(max(self._best_value, self._best_single) / (2 * self.count))

    def _exponent(self, gain: float) -> int:
        """The largest i with (1 + eps)^i at most ``gain``."""
        at = int(np.floor(np.log(gain) / np.log1p(self.eps)))
        while (1 + self.eps) ** (at + 1) <= gain:
            at += 1
        while (1 + self.eps) ** at > gain:
            at -= 1
        return at

    def _widen(self) -> list[int]:
        """Open the sets that a better single row calls for."""
        low = max([self._least(), *(at + 1 for at in self._sieves)])
        fresh = list(range(low, self._exponent(self._best_single) + 1))
        for at in fresh:
            self._sieves[at] = Sieve((1 + self.eps) ** at, self.start)
        return fresh

    def _narrow(self) -> list[int]:
        """Close the sets whose thresholds have become too low."""
        low = self._least()
        gone = [at for at in self._sieves if at < low]
        for at in gone:
            del self._sieves[at]
        return gone

    def _draw(self, ids: NDArray[np.int64]) -> set[int]:
        """Keep the sample of all rows so far; return the places in it that are new."""
        keys = row_uniforms(self._seed, "held", self.seen, self.seen + len(ids))
        self.seen += len(ids)
        last = self._sample[-1][0] if len(self._sample) == self.count else np.inf
        places = np.nonzero(keys < last)[0]
        arrived = {int(ids[place]): int(place) for place in places}
        joined = zip(keys[places].tolist(), arrived, strict=True)
        self._sample = sorted([*self._sample, *joined])[: self.count]
        return {arrived[row] for _, row in self._sample if row in arrived}

    def _hold(self, ids: NDArray[np.int64], rows: NDArray[Any], kept: set[int]) -> None:
        """Copy the rows that joined a set or the sample, and forget those that no one holds."""
        for place in sorted(kept):
            self._held[int(ids[place])] = np.array(rows[place])
        needed = {row for _, row in self._sample}
        needed.update(*(one.rows for one in self._sieves.values()))
        self._held = {row: vector for row, vector in self._held.items() if row in needed}
        self.peak = max(self.peak, len(self._held))
