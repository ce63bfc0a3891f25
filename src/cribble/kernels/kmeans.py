"""K-means on rows that may lie beyond memory: Lloyd with bounds, mini-batches, cosine or Euclid.

Every assignment is decided in float64 (`cribble.kernels.assignment`) and every sum is float64 in
row order, so the result depends on the rows, the start and the seed, and on no block or thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import row_uniforms, stream
from cribble.core.errors import ParameterError
from cribble.kernels.assignment import (
    Assigner,
    Nearest,
    center_squares,
    float_rows,
    nearest_centers,
    over_chunks,
)
from cribble.kernels.scratch import taken_rows
from cribble.kernels.seeding import seed_centers

_LEAST_ROWS, _MOST_ROWS = 64, 512  # of the sample, a cluster
# Bounds are float32 and pass through one rounding a round; this much slack covers it.
_UP, _DOWN = 1 + 4e-7, 1 - 4e-7


class Clusters(NamedTuple):
    """The result of k-means.

    Args:
        centers: (k, d) float32.
        assignment: (n,) int64 nearest center of each row, the lowest among equals.
        inertia: Sum of squared distances to the nearest center, float64.
        iterations: Rounds (or mini-batches) done.
    """

    centers: NDArray[np.float32]
    assignment: NDArray[np.int64]
    inertia: float
    iterations: int


class Passes(Protocol):
    """Passes over rows, in parts that may lie elsewhere."""

    def over_parts(
        self, work: Callable[..., Any], *columns: NDArray[Any]
    ) -> Iterator[tuple[slice, Any]]:
        """Call ``work`` on each part of the rows, and of arrays with an entry for each row.

        Yields:
            Which rows a part has, and what ``work`` returned, in row order.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Here:
    """Passes over rows in this process, in chunks, on all threads.

    Args:
        x: (n, d) finite floats.
    """

    x: NDArray[Any]

    def over_parts(
        self, work: Callable[..., Any], *columns: NDArray[Any]
    ) -> Iterator[tuple[slice, Any]]:
        """Call ``work`` on chunks of 16,384 rows."""
        return over_chunks(
            len(self.x), lambda chunk: work(self.x[chunk], *(one[chunk] for one in columns))
        )


def k_means(
    x: NDArray[Any],
    k: int,
    *,
    seed: int = 0,
    iterations: int = 25,
    warm_up: int = 20,
    batch: int | None = None,
    spherical: bool = False,
    passes: Callable[[NDArray[Any]], Passes] = Here,
) -> Clusters:
    """Cluster rows around k centers, from a k-means++ start.

    Lloyd first runs on a quarter of the rows, or 512 rows a cluster if that is less: a round
    there costs a quarter, and brings the centers most of the way.

    O(n d) per center and round at most, in matrix products. Holds about 40 bytes a row, and 2 MB
    and 4,096 rows a thread; the quarter of the rows is mapped where it exceeds 16 MB.

    Args:
        x: (n, d) finite floats, float16 and memory maps too.
        k: Number of clusters, from 1 to n.
        seed: Decides the start, and the rows of samples and mini-batches.
        iterations: Most rounds of Lloyd over all rows, or the number of mini-batches.
        warm_up: Most rounds on the sample; a sample below 64 rows a cluster is left out.
        batch: Rows of a mini-batch; None runs Lloyd.
        spherical: Whether rows and centers are scaled to length 1, which clusters by cosine.
        passes: Where the rounds of Lloyd look for the nearest centers; it changes no result.

    Raises:
        ParameterError: ``k`` is not in [1, n], or ``batch`` is not positive.

    Source:
        Lloyd (1982), doi:10.1109/TIT.1982.1056489; the bounds: Hamerly (2010),
        doi:10.1137/1.9781611972801.12; mini-batches: Sculley (2010), doi:10.1145/1772690.1772862.
    """
    start = float_rows(x[seed_centers(x, k, seed=seed, spherical=spherical)], spherical)
    if batch is not None:
        return mini_batch(x, start, seed=seed, steps=iterations, batch=batch, spherical=spherical)
    sample = min(len(x) // 4, _MOST_ROWS * k)
    if warm_up > 0 and sample >= _LEAST_ROWS * k:
        drawn = row_uniforms(seed, "k-means sample", 0, len(x)) < sample / len(x)
        some = taken_rows(x, np.nonzero(drawn)[0])
        start = lloyd(
            some, start, iterations=warm_up, spherical=spherical, passes=passes(some)
        ).centers
    return lloyd(x, start, iterations=iterations, spherical=spherical, passes=passes(x))


def lloyd(
    x: NDArray[Any],
    centers: NDArray[np.float32],
    *,
    iterations: int = 25,
    spherical: bool = False,
    passes: Passes | None = None,
) -> Clusters:
    """Move centers to the means of their rows until nothing changes.

    A row is measured again only where the triangle inequality cannot show that it stays. A center
    without rows moves to the row that is farthest from its own center; only the last round may
    leave one without.

    Args:
        x: (n, d) finite floats, n at least 1.
        centers: (k, d) float32 start.
        iterations: Most rounds.
        spherical: Whether rows and centers are scaled to length 1.
        passes: Where the nearest centers of the rows are looked for; None looks here.
    """
    passes = Here(x) if passes is None else passes
    state = _State(len(x), centers, spherical)
    done = 0
    while state.assign(x, passes) and done < iterations:
        state.move(x)
        done += 1
    return state.finish(x, done)


def mini_batch(
    x: NDArray[Any],
    centers: NDArray[np.float32],
    *,
    seed: int,
    steps: int = 100,
    batch: int = 10_240,
    spherical: bool = False,
) -> Clusters:
    """Move each center to the mean of all the batch rows it was ever given, then assign all rows.

    Args:
        x: (n, d) finite floats, n at least 1.
        centers: (k, d) float32 start.
        seed: Decides the rows of each batch, drawn with replacement.
        steps: Number of batches.
        batch: Rows of a batch.
        spherical: Whether rows and centers are scaled to length 1.

    Raises:
        ParameterError: ``batch`` is not positive.
    """
    if batch < 1:
        raise ParameterError("batch", batch, "1 or more")
    sums = np.zeros(centers.shape)
    counts = np.zeros(len(centers), dtype=np.int64)
    for step in range(steps):
        # In row order, so that a memory map is read forward.
        rows = np.sort(stream(seed, f"mini-batch {step}").integers(len(x), size=batch))
        drawn = float_rows(x[rows], spherical)
        label, _ = nearest_centers(drawn, centers)
        _transfer(drawn, np.full(len(drawn), -1, dtype=np.int32), label, sums, counts)
        centers = _means(sums, counts, centers, spherical)
    state = _State(len(x), centers, spherical)
    state.assign(x, Here(x))
    return state.finish(x, steps)


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """Finds the nearest centers of those rows whose bounds do not show that they stay."""

    assigner: Assigner
    near: NDArray[np.float64]
    spherical: bool

    def __call__(
        self,
        x: NDArray[Any],
        label: NDArray[np.int32],
        upper: NDArray[np.float32],
        lower: NDArray[np.float32],
    ) -> tuple[NDArray[np.int64], Nearest]:
        """Which rows of a part were in doubt, and what was found for them."""
        doubtful = np.nonzero(upper >= np.maximum(lower, self.near[label]))[0]
        return doubtful, self.assigner(float_rows(x[doubtful], self.spherical))


class _State:
    """Centers, labels, and what is known of each row's distances."""

    def __init__(self, n: int, centers: NDArray[np.float32], spherical: bool) -> None:
        self.centers = np.array(centers, dtype=np.float32, order="C")
        self.spherical = spherical
        self.label = np.full(n, -1, dtype=np.int32)
        self.upper = np.full(n, np.inf, dtype=np.float32)  # at least the distance to its center
        self.lower = np.zeros(n, dtype=np.float32)  # at most the distance to any other
        self.sums = np.zeros(centers.shape)
        self.counts = np.zeros(len(centers), dtype=np.int64)

    def assign(self, x: NDArray[Any], passes: Passes) -> bool:
        """Bring every label up to date; tell whether any changed."""
        assigner, changed = Assigner(self.centers), False
        search = _Search(assigner, _half_gaps(assigner), self.spherical)
        for part, (doubtful, found) in passes.over_parts(
            search, self.label, self.upper, self.lower
        ):
            label = self.label[part]
            self.upper[part][doubtful] = np.sqrt(found.upper) * _UP
            self.lower[part][doubtful] = np.sqrt(found.lower) * _DOWN
            moved = found.label != label[doubtful]
            rows, new = doubtful[moved], found.label[moved]
            if len(rows):
                changed = True
                some = float_rows(x[part][rows], self.spherical)
                _transfer(some, label[rows], new, self.sums, self.counts)
                label[rows] = new
        return changed

    def move(self, x: NDArray[Any]) -> None:
        """Move the centers to their means, and loosen the bounds by as much as they moved."""
        centers = _means(self.sums, self.counts, self.centers, self.spherical)
        empty = np.nonzero(self.counts == 0)[0]
        if len(empty):
            self._reseed(x, centers, empty)
        gaps = centers.astype(np.float64) - self.centers
        moved = np.sqrt(np.einsum("ij,ij->i", gaps, gaps)) * (1 + 1e-12)
        self.centers = centers
        first = int(moved.argmax())
        others = np.full(len(moved), moved[first])
        # A row of the center that moved most fears only the other centers.
        others[first] = np.delete(moved, first).max(initial=0.0)
        self.upper = ((self.upper + moved[self.label]) * _UP).astype(np.float32)
        self.lower = ((self.lower - others[self.label]) * _DOWN).astype(np.float32)

    def squares(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """Measure every row against its center, (n,)."""
        return center_squares(x, self.centers, self.label, spherical=self.spherical)

    def finish(self, x: NDArray[Any], iterations: int) -> Clusters:
        inertia = float(self.squares(x).sum())
        return Clusters(self.centers, self.label.astype(np.int64), inertia, iterations)

    def _reseed(
        self, x: NDArray[Any], centers: NDArray[np.float32], empty: NDArray[np.int64]
    ) -> None:
        """Put each empty center on one of the rows that are farthest from their own."""
        far = np.argsort(-self.squares(x), kind="stable")[: len(empty)]
        centers[empty[: len(far)]] = float_rows(x[far], self.spherical)


def _half_gaps(assigner: Assigner) -> NDArray[np.float64]:
    """Half the distance of each center to its nearest other: a row within it cannot leave."""
    # The nearest center of a center is itself, so the bound on all others is the one asked for.
    return np.sqrt(assigner(assigner.centers).lower) / 2 * _DOWN


@njit(cache=True, nogil=True)
def _transfer(x, old, new, sums, counts):  # type: ignore[no-untyped-def]
    """Take rows out of the sums of their old centers, if any, and add them to the new."""
    for i in range(len(x)):
        before, after = old[i], new[i]
        counts[after] += 1
        for j in range(x.shape[1]):
            sums[after, j] += x[i, j]
        if before >= 0:
            counts[before] -= 1
            for j in range(x.shape[1]):
                sums[before, j] -= x[i, j]


def _means(
    sums: NDArray[np.float64],
    counts: NDArray[np.int64],
    centers: NDArray[np.float32],
    spherical: bool,
) -> NDArray[np.float32]:
    """Mean of each center's rows; a center without rows stays where it is."""
    full = counts > 0
    moved = centers.copy()
    moved[full] = (sums[full] / counts[full, None]).astype(np.float32)
    return float_rows(moved, True) if spherical else moved
