"""K-medoids on rows, not on a matrix of distances: eager swaps, all or screened, or samples.

Distances are made when they are asked for, in blocks, and every swap is decided in float64, so the
result depends on the rows, the start and the seed, and on no block or thread.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cribble.core import stream
from cribble.core.errors import ParameterError
from cribble.kernels.assignment import float_rows, squared_lengths
from cribble.kernels.medoid_swaps import (
    first_gain,
    promising,
    removal_losses,
    replace,
    two_nearest,
)
from cribble.kernels.threads import Crew

Ints = NDArray[np.int64]
SEARCHES = ("auto", "full", "screened", "samples")

_PRODUCTS = 1 << 21  # entries of a block of products, 8 MB
_MEDOID_PRODUCTS = 1 << 20
_UNIT = 2.0**-24  # half the distance from 1 to the next float32
_FULL = 20_000  # rows up to which every swap is looked at
_LEAST_WARM_UP, _WARM_UP = 250, 10_000
_SMALL = 1e-3
_SAMPLES = 5
_SCREENED = 16_384
_LEAST_SAMPLE, _SAMPLE_SHARE = 1024, 16


class Medoids(NamedTuple):
    """The result of k-medoids.

    Args:
        rows: (k,) int64 medoids, in the places of those they replaced.
        assignment: (n,) int64 place of the nearest medoid of each row, the first among equals.
        distances: (n,) float64 distance, or squared distance, to it.
        swaps: Swaps done over all rows.
    """

    rows: Ints
    assignment: Ints
    distances: NDArray[np.float64]
    swaps: int

    @property
    def loss(self) -> float:
        """The summed distances."""
        return float(self.distances.sum())


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
    costs: NDArray[np.float64]
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


class _State:
    """Medoids, and the two nearest of each row."""

    def __init__(self, x: NDArray[np.float32], start: Ints, rules: Rules, root: bool) -> None:
        n = len(x)
        self.x, self.root, self.rules = x, root, rules
        self.medoids = start.astype(np.int64)
        self.squares = squared_lengths(x)
        self.halves = (self.squares / 2).astype(np.float32)
        length = np.sqrt(self.squares)
        longest = float(length.max())
        # Of a product of d terms, of its half, and of their difference; twice.
        self._error = 2 * _UNIT * ((x.shape[1] + 2) * length * longest + longest**2)
        # Beyond every distance, by the triangle inequality, and not so far that sums lose digits.
        self.far = 3 * longest if root else 9 * longest**2
        self.near, self.next_near = np.empty((2, n), dtype=np.int32)
        self.gap, self.next_gap = np.empty((2, n))
        self.bars = np.empty(n, dtype=np.float32)
        everything = np.arange(n)
        self.swaps, self.quiet = 0, 0
        self.open = rules.allowed.copy()
        self.open[start] = False
        self.counts = np.bincount(rules.codes[start], minlength=len(rules.lower))
        self.slack = np.array([rules.budget - rules.costs[start].sum()])
        self._renew(everything)
        self._refresh(everything)

    @property
    def two(self) -> tuple[NDArray[Any], ...]:
        return self.near, self.gap, self.next_near, self.next_gap

    @property
    def limits(self) -> tuple[NDArray[Any], ...]:
        rules = self.rules
        groups = (rules.codes, self.counts, rules.lower, rules.upper)
        return self.open, rules.fixed, *groups, rules.costs, self.slack

    @property
    def loss(self) -> float:
        return float(self.gap.sum())

    @property
    def least(self) -> float:
        """A gain that rounding could feign."""
        return 1e-9 * self.loss

    def _renew(self, rows: Ints) -> None:
        """Find the two nearest medoids of some rows anew."""
        others, halves = self.x[self.medoids], self.halves[self.medoids]
        step = max(1, _MEDOID_PRODUCTS // len(others))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            products = self.x[some] @ others.T
            two_nearest(
                self.x,
                some,
                self.medoids,
                products,
                halves,
                self._error,
                self.root,
                self.far,
                self.two,
            )

    def _refresh(self, rows: Ints) -> None:
        """Bring up to date what follows from the two nearest medoids of some rows."""
        reach = self.next_gap[rows] ** 2 if self.root else self.next_gap[rows]
        bars = (self.squares[rows] - reach) / 2 - self._error[rows]
        self.bars[rows] = np.nextafter(bars.astype(np.float32), np.float32(-np.inf))
        self.removal = removal_losses(self.near, self.gap, self.next_gap, len(self.medoids))

    def screen(self, rows: Ints, drawn: Ints, crew: Crew) -> Ints:
        """The candidates of which a sample of rows, ascending, expects a gain."""
        sample, bars = self.x[drawn], self.bars[drawn]

        def work(some: Ints) -> NDArray[np.bool_]:
            kept: NDArray[np.bool_] = promising(
                self.x,
                drawn,
                some,
                self.x[some] @ sample.T,
                self.halves[some],
                bars,
                self.root,
                self.two,
                self.removal,
                self.medoids,
                self.limits,
            )
            return kept

        step = max(8, _PRODUCTS // (4 * len(drawn)))
        blocks = [rows[low : low + step] for low in range(0, len(rows), step)]
        left: Ints = rows[np.concatenate(list(crew.ahead(work, blocks)))]
        return left

    def products(self, rows: Ints) -> tuple[Ints, NDArray[np.float32]]:
        """The rows, and their (b, n) inner products with all rows."""
        return rows, self.x[rows] @ self.x.T

    def try_rows(self, rows: Ints, products: NDArray[np.float32]) -> int:
        """Swap in each row that lowers the loss, at once; returns the number of swaps.

        Args:
            rows: (b,) int64.
            products: (b, n) float32 inner products with all rows.
        """
        halves, before = self.halves[rows], self.swaps
        at = 0
        while True:
            at, out, _ = first_gain(
                self.x,
                rows,
                at,
                products,
                halves,
                self.bars,
                self.root,
                self.two,
                self.removal,
                self.medoids,
                self.limits,
                self.least,
            )
            if at == len(rows):
                return self.swaps - before
            self._swap(products[at], halves[at], out, int(rows[at]))
            at += 1

    def _swap(self, line: NDArray[np.float32], half: np.float32, out: int, into: int) -> None:
        rules, row = self.rules, self.medoids[out]
        self.open[row], self.open[into] = rules.allowed[row], False
        self.counts[rules.codes[row]] -= 1
        self.counts[rules.codes[into]] += 1
        self.slack += rules.costs[row] - rules.costs[into]
        nearer, lost = replace(
            self.x, line, half, self.bars, self.root, self.two, self.medoids, out, into
        )
        self._renew(lost)
        self._refresh(np.concatenate([nearer, lost]))
        self.swaps += 1


def k_medoids(
    x: NDArray[Any],
    start: Ints,
    *,
    rules: Rules | None = None,
    root: bool = True,
    spherical: bool = False,
    seed: int = 0,
    search: str = "auto",
    rounds: int = 100,
) -> Medoids:
    """Swap medoids with other rows, each time at once, while the summed distance falls.

    A swap is the best one for its candidate (FasterPAM). Candidates are taken in row order, in one
    of three ways:

    - "full": every row, until none of them lowers the loss: no single swap improves the result.
    - "screened": first against samples of the rows, new ones each round, 4 times larger each time;
      whom no sample finds wanting, all rows judge. Good swaps may be missed, but none is done that
      does not lower the loss. Ends with the first round that gains under 0.1 %.
    - "samples": a full search in each of five samples of 80 + 4 k rows; all rows choose among
      them, and nothing is swapped after (CLARA).

    "auto" is "full" up to 20,000 rows, and "screened" beyond. Both start with a search in a quarter
    of the rows, or in 10,000 if that is less, from 1,000 rows on.

    O(n^2 d) time a round if full, in matrix products. Holds 72 bytes a row, 8 MB for each thread
    and once more, and a float32 copy of the rows unless they are such, in C order (a memory map
    serves), and not spherical.

    Args:
        x: (n, d) finite floats, n at least 1.
        start: (k,) int64 distinct rows, the medoids to begin with, k at least 1.
        rules: Which swaps are allowed; None allows all.
        root: Whether the loss sums Euclidean distances, or their squares.
        spherical: Whether rows are scaled to length 1.
        seed: Decides the rows of samples.
        search: One of `SEARCHES`.
        rounds: Most rounds over all candidates.

    Raises:
        ParameterError: ``search`` is not one of `SEARCHES`.

    Source:
        Schubert and Rousseeuw (2021), arXiv:2008.05171; screening by samples: Tiwari et al.
        (2020), arXiv:2006.06856; Kaufman and Rousseeuw (1990), doi:10.1002/9780470316801.
    """
    if search not in SEARCHES:
        raise ParameterError("search", search, f"one of {SEARCHES}")
    rows = float_rows(x, spherical)
    rules = Rules.free(len(x)) if rules is None else rules
    screened = search == "screened" or (search == "auto" and len(x) > _FULL)
    with threadpool_limits(1, user_api="blas"), Crew() as crew:
        if search == "samples" and rounds:
            state = _best_of_samples(rows, start, rules, root, seed, rounds, crew)
        else:
            drawn = _drawn(len(rows), min(len(rows) // 4, _WARM_UP), start, seed, 0)
            if rounds and _LEAST_WARM_UP <= len(drawn) < len(rows) // 2:
                start = _within(rows, drawn, start, rules, root, rounds, crew)
            state = _State(rows, start, rules, root)
            for turn in range(rounds):
                before = state.loss
                if screened:
                    _screened_round(state, seed, turn, crew)
                    if before - state.loss <= _SMALL * before:
                        break
                elif _full_round(state, crew):
                    break
    return Medoids(state.medoids, state.near.astype(np.int64), state.gap, state.swaps)


def _drawn(n: int, size: int, start: Ints, seed: int, turn: int) -> Ints:
    """A sample of rows with the start among them, ascending."""
    rows = stream(seed, f"k-medoids sample {turn}").choice(n, size, replace=False)
    return np.union1d(rows, start)


def _within(
    x: NDArray[np.float32],
    drawn: Ints,
    start: Ints,
    rules: Rules,
    root: bool,
    rounds: int,
    crew: Crew,
) -> Ints:
    """Search in some of the rows alone; returns the medoids as rows of all."""
    state = _State(x[drawn], np.searchsorted(drawn, start), rules.of(drawn), root)
    for _ in range(rounds):
        if _full_round(state, crew):
            break
    return drawn[state.medoids]


def _best_of_samples(
    x: NDArray[np.float32],
    start: Ints,
    rules: Rules,
    root: bool,
    seed: int,
    rounds: int,
    crew: Crew,
) -> _State:
    best = _State(x, start, rules, root)
    for turn in range(_SAMPLES):
        size = min(len(x), 80 + 4 * len(start))
        # Each sample holds the best medoids so far, and improves on them.
        drawn = _drawn(len(x), size, best.medoids, seed, turn)
        found = _State(x, _within(x, drawn, best.medoids, rules, root, rounds, crew), rules, root)
        best = found if found.loss < best.loss else best
    return best


def _full_round(state: _State, crew: Crew) -> bool:
    """Try every row; tell whether all rows were tried since the last swap, in vain."""
    n = len(state.x)
    size = max(8, min(256, _PRODUCTS // n))
    blocks = [np.arange(low, min(low + size, n)) for low in range(0, n, size)]
    for rows, products in crew.ahead(state.products, blocks):
        state.quiet = 0 if state.try_rows(rows, products) else state.quiet + len(rows)
        if state.quiet >= n:
            return True
    return False


def _screened_round(state: _State, seed: int, turn: int, crew: Crew) -> None:
    """Try the rows whom samples do not rule out."""
    n = len(state.x)
    order = stream(seed, f"k-medoids screen {turn}").permutation(n)
    for low in range(0, n, _SCREENED):
        rows = low + np.nonzero(state.open[low : low + _SCREENED])[0]
        size = max(_LEAST_SAMPLE, _SAMPLE_SHARE * len(state.medoids))
        while size <= n // 4 and len(rows):
            drawn = np.sort(order[:size])
            rows = state.screen(rows, drawn, crew)
            size *= 4
        step = max(8, min(256, _PRODUCTS // n))
        blocks = [rows[start : start + step] for start in range(0, len(rows), step)]
        for some, products in crew.ahead(state.products, blocks):
            state.try_rows(some, products)
