"""A good set while rows come and go: levels of survivors, one random row of each picked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Budget, Pool, stream
from cribble.core.errors import ParameterError
from cribble.objectives.streamed import State, Streamed
from cribble.optimizers.base import Run
from cribble.optimizers.finishing import finish

Fetch = Callable[[NDArray[np.int64]], NDArray[Any]]


@dataclass(slots=True, eq=False)
class Levels:
    """The set of one threshold.

    Level i holds the rows that gain at least the threshold after the picks of the levels before;
    its pick is one of them, uniformly at random given the rows. After the last level no row gains
    the threshold, unless ``count`` rows are picked.

    Args:
        threshold: Least gain.
        rng: Draws the picks.
        picks: A row a level, in order.
        levels: The rows of each level, the pick among them.
        gains: What each pick gained.
    """

    threshold: float
    rng: np.random.Generator
    picks: list[int] = field(default_factory=list)
    levels: list[dict[int, None]] = field(default_factory=list)
    gains: list[float] = field(default_factory=list)


class Dynamic:
    """A set of large value of the rows that are alive, under inserts and deletes.

    At any time the value is at least 1 / (2 (1 + eps)) of the best ``count`` rows alive. For
    each threshold of a grid (1 + eps)^i there are levels: a pick is a random row of those that
    still gain the threshold. A new row is compared with the picks of the levels it reaches, and
    replaces the pick of a level of m rows with chance 1 / m; a deleted row costs work only where
    it was a pick. What an update costs does not grow with the number of rows in expectation, as
    long as who deletes does not look at the picks; the guarantee holds even then.

    Vectors are asked for where they are needed: memory is the numbers of the rows in all levels,
    with up to log(2 k) / log(1 + eps) + 4 thresholds a row, and the views of about twice the picks
    of all thresholds. The object can be pickled if ``fetch`` can.

    Args:
        function: What to maximize; monotone and submodular.
        fetch: From (m,) row numbers to their (m, d) vectors; of rows that are alive.
        count: Number of rows to pick, k, 1 or more.
        eps: Ratio between thresholds, less 1.
        seed: Seed of the picks.

    Raises:
        ParameterError: ``eps`` is not above 0, or ``count`` is not 1 or more.

    Source:
        Banihashem, Biabani, Goudarzi, Hajiaghayi, Jabbarzade and Monemizadeh (2023),
        arXiv:2306.00959 and proceedings.mlr.press/v202/banihashem23a. Where they search for the
        level at which a row falls out, ours walks through the levels.
    """

    def __init__(
        self, function: Streamed, fetch: Fetch, count: int, *, eps: float = 0.2, seed: int = 0
    ) -> None:
        if not eps > 0:
            raise ParameterError("eps", eps, "above 0")
        if count < 1:
            raise ParameterError("count", count, "1 or more")
        self.function, self.fetch, self.count, self.eps = function, fetch, count, eps
        self.evaluations = 0
        self._seed = seed
        self._alive: dict[int, tuple[int, int]] = {}
        self._guesses: dict[int, Levels] = {}
        self._pick_views: dict[int, NDArray[Any]] = {}

    def __len__(self) -> int:
        return len(self._alive)

    def __contains__(self, row: int) -> bool:
        return row in self._alive

    def insert(self, rows: Sequence[int] | NDArray[np.int64]) -> None:
        """Let rows come, each once; ``fetch`` must know them by now.

        Raises:
            ParameterError: A row is alive already; then none has come.
        """
        ids = np.asarray(rows, dtype=np.int64)
        for row in ids.tolist():
            if row in self._alive:
                raise ParameterError("row", row, "a row that is not there yet")
        self._forget()
        views = self._views(ids)
        alone = self._gains(self.function.empty(), views)
        for place, row in enumerate(ids.tolist()):
            low, high = self._alive[row] = self._span(float(alone[place]))
            for at in range(low, high):
                self._enter(self._guess(at), row, views[place])

    def delete(self, rows: Sequence[int] | NDArray[np.int64]) -> None:
        """Let rows go, each once.

        Raises:
            ParameterError: A row is not alive; then none has gone.
        """
        ids = np.asarray(rows, dtype=np.int64).tolist()
        for row in ids:
            if row not in self._alive:
                raise ParameterError("row", row, "a row that is there")
        for row in ids:
            low, high = self._alive.pop(row)
            for at in range(low, high):
                if at in self._guesses:
                    self._leave(at, row)

    def result(self) -> Run:
        """The picks now: ``count`` rows, or all where fewer are alive.

        They are the best set of a threshold filled up greedily from the sets of all, or greedy
        among those where that is better; then, if need be, rows of the lowest numbers.
        """
        sets = self._guesses.values()
        ids = np.array(sorted({row for one in sets for row in one.picks}), dtype=np.int64)
        if len(ids) < self.count:
            spare = sorted(set(self._alive) - set(ids.tolist()))[: self.count - len(ids)]
            ids = np.sort(np.concatenate([ids, np.asarray(spare, dtype=np.int64)]))
        if not len(ids):
            return Run(ids, np.empty(0), 0.0, None, 0)
        best = max(sets, key=lambda one: sum(one.gains), default=None)
        found = best.picks if best is not None else []
        start = self.function.empty()
        limits = Budget(rows=min(self.count, len(ids))).resolve(Pool(len(ids)))
        return finish(self.function, start, ids, self.fetch(ids), found, limits)

    def _forget(self) -> None:
        """Drop the views of former picks, once they are most of what is held."""
        picks = {row for one in self._guesses.values() for row in one.picks}
        if len(self._pick_views) > 2 * len(picks) + 64:
            self._pick_views = {row: self._pick_views[row] for row in picks}

    def _span(self, alone: float) -> tuple[int, int]:
        """Exponents of the thresholds to which a row of that value counts: a half-open range.

        While a row lives, no threshold below its value / 2 k (1 + eps) is needed, and none above
        its value can let it in.
        """
        if alone <= 0:
            return 0, 0
        step = np.log1p(self.eps)
        low = int(np.floor(np.log(alone / (2 * self.count)) / step)) - 1
        return low, int(np.floor(np.log(alone) / step)) + 2

    def _guess(self, at: int) -> Levels:
        if at not in self._guesses:
            rng = stream(self._seed, f"threshold {at}")
            self._guesses[at] = Levels((1 + self.eps) ** at, rng)
        return self._guesses[at]

    def _views(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        return self.function.view(self.fetch(ids))

    def _gains(self, state: State, views: NDArray[Any]) -> NDArray[np.float64]:
        self.evaluations += len(views)
        return self.function.gains(state, views)

    def _enter(self, one: Levels, row: int, view: NDArray[Any]) -> None:
        """Add a row to the levels it reaches; start anew from where it becomes the pick."""
        state = self.function.empty()
        for depth in range(self.count):
            if self._gains(state, view[None])[0] < one.threshold:
                return
            if depth == len(one.levels):
                one.levels.append({})
            level = one.levels[depth]
            level[row] = None
            if one.rng.random() * len(level) < 1:
                self._rebuild(one, depth, row)
                return
            state = self.function.grown(state, self._pick_views[one.picks[depth]])

    def _leave(self, at: int, row: int) -> None:
        """Take a row out of its levels; start anew from where it was the pick."""
        one = self._guesses[at]
        for depth, level in enumerate(one.levels):
            if row not in level:
                break
            del level[row]
            if one.picks[depth] == row:
                self._rebuild(one, depth)
                break
        if not one.levels:
            del self._guesses[at]

    def _rebuild(self, one: Levels, depth: int, first: int | None = None) -> None:
        """Draw the pick of a level, unless it is given, and of those that follow from it."""
        del one.picks[depth:], one.gains[depth:], one.levels[depth + 1 :]
        rows = np.fromiter(one.levels.pop(depth), dtype=np.int64)
        views = self._views(rows)
        state = self.function.empty()
        for row in one.picks:
            state = self.function.grown(state, self._pick_views[row])
        while len(rows):
            one.levels.append(dict.fromkeys(rows.tolist()))
            if first is None:
                place = int(one.rng.integers(len(rows)))
            else:
                place, first = int(np.nonzero(rows == first)[0][0]), None
            one.picks.append(int(rows[place]))
            self._pick_views[one.picks[-1]] = views[place].copy()
            one.gains.append(float(self._gains(state, views[place : place + 1])[0]))
            if len(one.picks) == self.count:
                return
            state = self.function.grown(state, views[place])
            stays = self._gains(state, views) >= one.threshold
            stays[place] = False
            rows, views = rows[stays], views[stays]
