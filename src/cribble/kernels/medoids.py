"""K-medoids on rows, not on a matrix of distances: eager swaps, all or screened, or samples.

Distances are made when they are asked for, in blocks, and every swap is decided in float64, so the
result depends on the rows, the start and the seed, and on no block or thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cribble.core import stream
from cribble.core.errors import ParameterError
from cribble.kernels.medoid_swaps import Rules, Swaps, squared_lengths
from cribble.kernels.threads import Crew

Ints = NDArray[np.int64]
SEARCHES = ("auto", "full", "screened", "samples")

_SCORES = 1 << 21  # entries of a block of scores, 8 MB
_ROWS = 64  # of a block of scores; few enough that it is read back from the cache
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

    O(n^2 d) time a round if full, in matrix products. Holds 65 bytes a row, up to 12 MB for each
    thread and once more, and a float32 copy of the rows unless they are such, in C order (a memory
    map serves), and not spherical. Loads no compiled code.

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
    rows = _unit_rows(x) if spherical else np.ascontiguousarray(x, dtype=np.float32)
    rules = Rules.free(len(x)) if rules is None else rules
    screened = search == "screened" or (search == "auto" and len(x) > _FULL)
    with threadpool_limits(1, user_api="blas"), Crew() as crew:
        if search == "samples" and rounds:
            state = _best_of_samples(rows, start, rules, root, seed, rounds, crew)
        else:
            drawn = _drawn(len(rows), min(len(rows) // 4, _WARM_UP), start, seed, 0)
            if rounds and _LEAST_WARM_UP <= len(drawn) < len(rows) // 2:
                start = _within(rows, drawn, start, rules, root, rounds, crew)
            state = Swaps(rows, start, rules, root)
            if screened:
                _screen_all(state, seed, rounds, crew)
            else:
                _try_all(state, rounds, crew)
    return Medoids(state.medoids, state.near.astype(np.int64), state.gap, state.done)


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
    state = Swaps(x[drawn], np.searchsorted(drawn, start), rules.of(drawn), root)
    _try_all(state, rounds, crew)
    return drawn[state.medoids]


def _best_of_samples(
    x: NDArray[np.float32],
    start: Ints,
    rules: Rules,
    root: bool,
    seed: int,
    rounds: int,
    crew: Crew,
) -> Swaps:
    best = Swaps(x, start, rules, root)
    for turn in range(_SAMPLES):
        size = min(len(x), 80 + 4 * len(start))
        # Each sample holds the best medoids so far, and improves on them.
        drawn = _drawn(len(x), size, best.medoids, seed, turn)
        found = Swaps(x, _within(x, drawn, best.medoids, rules, root, rounds, crew), rules, root)
        best = found if found.loss < best.loss else best
    return best


def _unit_rows(x: NDArray[Any]) -> NDArray[np.float32]:
    """The rows scaled to length 1; zero rows stay."""
    out = x.astype(np.float32)
    length = np.sqrt(squared_lengths(out))
    out /= np.where(length > 0, length, 1.0).astype(np.float32)[:, None]
    return out


def _try_all(state: Swaps, rounds: int, crew: Crew) -> None:
    """Try every row, over and over, until all were tried in vain since the last swap."""
    n, quiet = len(state.x), 0
    for _ in range(rounds):
        for tried, swaps in _tried(state, np.arange(n), crew):
            quiet = 0 if swaps else quiet + tried
            if quiet >= n:
                return


def _tried(state: Swaps, rows: Ints, crew: Crew) -> Iterator[tuple[int, int]]:
    """Try some rows, block by block; yields how many a block has, and how many it swapped in."""
    n = len(state.x)
    step = max(8, min(_ROWS, _SCORES // n))
    blocks = [rows[start : start + step] for start in range(0, len(rows), step)]
    for some, scores in crew.ahead(lambda some: (some, state.scores(some, state.x)), blocks):
        yield len(some), state.try_rows(some, scores)


def _screen_all(state: Swaps, seed: int, rounds: int, crew: Crew) -> None:
    """Try the rows that samples do not rule out, over and over, while that gains something."""
    for turn in range(rounds):
        before = state.loss
        _screened_round(state, seed, turn, crew)
        if before - state.loss <= _SMALL * before:
            return


def _screened_round(state: Swaps, seed: int, turn: int, crew: Crew) -> None:
    """Try the rows whom samples do not rule out."""
    n = len(state.x)
    order = stream(seed, f"k-medoids screen {turn}").permutation(n)
    for low in range(0, n, _SCREENED):
        rows = low + np.flatnonzero(state.open[low : low + _SCREENED])
        size = max(_LEAST_SAMPLE, _SAMPLE_SHARE * len(state.medoids))
        while size <= n // 4 and len(rows):
            rows = _screen(state, rows, np.sort(order[:size]), crew)
            size *= 4
        for _ in _tried(state, rows, crew):
            pass


def _screen(state: Swaps, rows: Ints, drawn: Ints, crew: Crew) -> Ints:
    """The candidates of which a sample of rows, ascending, expects a gain."""
    step = max(8, min(1024, _SCORES // (4 * len(drawn))))
    blocks = [rows[start : start + step] for start in range(0, len(rows), step)]
    marks = list(crew.ahead(lambda some: state.promising(some, drawn), blocks))
    return rows[np.concatenate(marks)]
