"""K-means cells as selection methods use them: any number of rows, and distances to the centers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.assignment import center_squares, float_rows, nearest_centers
from cribble.kernels.kmeans import Here, Passes, k_means
from cribble.kernels.scratch import taken_rows
from cribble.kernels.shares import proportional_shares

_UNSPLIT = 1_000


class Cells(NamedTuple):
    """Rows grouped around centers.

    Args:
        centers: (k, d) float32.
        codes: (n,) int64 cell of each row.
        squares: (n,) float64 squared distance of each row to its center.
    """

    centers: NDArray[np.float32]
    codes: NDArray[np.int64]
    squares: NDArray[np.float64]

    def middle_rows(self) -> NDArray[np.int64]:
        """The row nearest each center, (k,) int64; ties go to the lowest row, -1 where none is."""
        middle = np.full(len(self.centers), -1, dtype=np.int64)
        order = np.lexsort((self.squares, self.codes))
        found, first = np.unique(self.codes[order], return_index=True)
        middle[found] = order[first]
        return middle


def cells_of(
    x: NDArray[Any],
    k: int,
    *,
    seed: int,
    spherical: bool = False,
    iterations: int = 25,
    passes: Callable[[NDArray[Any]], Passes] = Here,
) -> Cells:
    """Group rows by k-means into k cells, or as many as there are rows; see `kmeans.k_means`.

    Args:
        x: (n, d) finite floats; n may be 0.
        k: Number of cells, at least 1.
        seed: Decides the start.
        spherical: Whether rows are scaled to length 1, which groups by cosine.
        iterations: Most rounds of Lloyd over all rows.
        passes: Where they look for the nearest centers; see `kmeans.k_means`.
    """
    if len(x) == 0:
        nothing = np.empty((0, x.shape[1]), dtype=np.float32)
        return Cells(nothing, np.empty(0, dtype=np.int64), np.empty(0))
    found = k_means(
        x, min(k, len(x)), seed=seed, spherical=spherical, iterations=iterations, passes=passes
    )
    squares = center_squares(x, found.centers, found.assignment, spherical=spherical)
    return Cells(found.centers, found.assignment, squares)


def split_cells(x: NDArray[Any], k: int, *, seed: int, spherical: bool = False) -> Cells:
    """As `cells_of`; above 1,000 cells by splitting, so that time grows with the root of k.

    About sqrt(k) cells are found first, and each is cut into as many as its share of the rows.
    O(n d sqrt(k)) a round above 1,000.

    Args:
        x: (n, d) finite floats; n may be 0.
        k: Number of cells, at least 1.
        seed: Decides the starts.
        spherical: Whether rows are scaled to length 1, which groups by cosine.
    """
    k = min(k, max(1, len(x)))
    if k <= _UNSPLIT:
        return cells_of(x, k, seed=seed, spherical=spherical)
    whole = cells_of(x, math.isqrt(k), seed=seed, spherical=spherical)
    sizes = np.bincount(whole.codes, minlength=len(whole.centers))
    # One each at least: a cell that rounding leaves without a share would lose its rows.
    counts = (sizes > 0) + proportional_shares(sizes - (sizes > 0), k - int((sizes > 0).sum()))
    codes, squares = np.empty(len(x), dtype=np.int64), np.empty(len(x))
    centers: list[NDArray[np.float32]] = []
    found = 0
    members = np.split(np.argsort(whole.codes, kind="stable"), np.cumsum(sizes)[:-1])
    for cell, rows in enumerate(members):
        if not len(rows):
            continue
        parts = cells_of(
            taken_rows(x, rows), int(counts[cell]), seed=seed + cell + 1, spherical=spherical
        )
        codes[rows], squares[rows] = found + parts.codes, parts.squares
        centers.append(parts.centers)
        found += len(parts.centers)
    return Cells(np.concatenate(centers), codes, squares)


def nearest_counts(
    x: NDArray[Any], rows: NDArray[np.int64], picks: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count how many rows each pick is nearest to; every pick counts itself.

    Args:
        x: (n, d) finite floats.
        rows: (m,) int64 rows that are counted, the picks among them.
        picks: (k,) int64 rows, at least one.

    Returns:
        label: (n,) int64 nearest pick of every row, counted or not; ties go to the earlier pick.
        counts: (k,) float64, summing to m.
    """
    label = nearest_centers(x, float_rows(x[picks]))[0].astype(np.int64)
    label[picks] = np.arange(len(picks))
    return label, np.bincount(label[rows], minlength=len(picks)).astype(np.float64)
