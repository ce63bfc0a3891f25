"""Thinning rows to fewer with nearly the same kernel mean: halving, cutting, swapping."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core import stream
from cribble.kernels.assignment import float_rows
from cribble.kernels.distances import squared_distance, squared_distances
from cribble.kernels.kernel_mean import kernel_mean


@njit(cache=True, nogil=True)
def _near(x, a, b, scale):  # type: ignore[no-untyped-def]
    return np.exp(scale * squared_distance(x[a], x[b], np.inf))


@njit(cache=True, nogil=True)
def split(x, rows, scale, bound, draws):  # type: ignore[no-untyped-def]
    """Split a list in two by a self-balancing walk over its pairs.

    Of each pair one row goes to either half, such that the row which would draw the halves apart
    is likely to go where it does not. O(len(rows)^2 d); an odd last row is left out.

    Args:
        x: (n, d) float32.
        rows: (m,) int64, the list.
        scale: The kernel is exp(scale |x - y|^2); below 0.
        bound: Twice the logarithm in the bound on the walk.
        draws: (m // 2,) float64 uniform draws.

    Returns:
        left, right: (m // 2,) int64 each.

    Source:
        Dwivedi and Mackey (2022), arXiv:2110.01593, algorithm KT-split.
    """
    half = len(rows) // 2
    left, right = np.empty(half, dtype=np.int64), np.empty(half, dtype=np.int64)
    spread = 0.0
    for i in range(half):
        one, other = rows[2 * i], rows[2 * i + 1]
        apart = 2.0 - 2.0 * _near(x, one, other, scale)
        step = max(np.sqrt(spread * apart * bound), apart)
        if step == 0.0:
            step = 1.0
        if i == 0:
            spread = apart
        else:
            growth = 0.5 + (apart / (2.0 * step) - 1.0) * spread / step
            spread += 2.0 * apart * max(0.0, growth)
        pull = 0.0
        for j in range(i):
            pull += _near(x, right[j], one, scale) - _near(x, right[j], other, scale)
            pull -= _near(x, left[j], one, scale) - _near(x, left[j], other, scale)
        if draws[i] < 0.5 * (1.0 - pull / step):
            left[i], right[i] = other, one
        else:
            left[i], right[i] = one, other
    return left, right


def halves(
    x: NDArray[np.float32], order: NDArray[np.int64], times: int, width: float, seed: int
) -> list[NDArray[np.int64]]:
    """Split a list again and again into 2^times lists of equal length.

    Args:
        x: (n, d) float32.
        order: (m,) int64, the list; its order decides the pairs.
        times: How often to halve.
        width: Standard deviation of the Gaussian kernel.
        seed: Decides the draws.

    Returns:
        2^times arrays of m // 2^times rows. O(m^2 d) for all levels together.
    """
    lists: list[NDArray[Any]] = [order]
    for level in range(times):
        bound = 2.0 * np.log(2.0 * len(order) * times / (0.5 * 2.0**level))
        parts = []
        for place, rows in enumerate(lists):
            draws = stream(seed, f"split {level} {place}").random(len(rows) // 2)
            parts += list(split(x, rows, -0.5 / width**2, bound, draws))
        lists = parts
    return lists


class Thinning:
    """Picks, and the summed kernel of all rows with them; every change costs O(n d).

    Memory: 24 bytes a row.

    Args:
        X: (n, d) float32 or float64.
        mean: (n,) float64 kernel mean at every row.
        width: Standard deviation of the Gaussian kernel.
    """

    def __init__(self, X: NDArray[Any], mean: NDArray[np.float64], width: float) -> None:
        self.X, self.mean, self.width = X, mean, width
        self.picks: list[int] = []
        self.sums = np.zeros(len(X))

    def _near(self, row: int) -> NDArray[np.float64]:
        gaps = squared_distances(self.X, self.X[row].astype(np.float64))
        near: NDArray[np.float64] = np.exp(gaps / (-2 * self.width**2))
        return near

    def take(self, rows: NDArray[np.int64]) -> None:
        """Add rows to the picks."""
        for row in rows:
            self.picks.append(int(row))
            self.sums += self._near(int(row))

    def square(self) -> float:
        """The squared distance of means, less what is the same for all picks."""
        k = max(1, len(self.picks))
        return float(self.sums[self.picks].sum() / k**2 - 2 * self.mean[self.picks].sum() / k)

    def lack(self) -> NDArray[np.float64]:
        """How much every row would bring the picks nearer to the pool, (n,)."""
        return np.round(self.mean - self.sums / (len(self.picks) + 1), 12)

    def start(self, rows: NDArray[np.int64], count: int, seed: int) -> None:
        """Take the list nearest to the pool among all halvings and every 2^times-th row."""
        if count == 0:
            return
        times = int(np.log2(len(rows) / count))
        x = float_rows(self.X[rows])
        lists = halves(x, np.arange(len(rows)), times, self.width, seed)
        tries = [rows[one] for one in [*lists, np.arange(len(rows))[:: 2**times][: len(lists[0])]]]
        best = min(
            tries, key=lambda one: round(_square(self.X[one], self.mean[one], self.width), 12)
        )
        self.take(best)

    def cut(self, count: int) -> None:
        """Drop the picks that are missed least."""
        while len(self.picks) > count:
            rest = len(self.picks) - 1
            at = np.asarray(self.picks)
            cost = -2 * self.sums[at] / max(1, rest) ** 2 + 2 * self.mean[at] / max(1, rest)
            row = self.picks.pop(int(np.round(cost, 12).argmin()))
            self.sums -= self._near(row)

    def improve(self, rows: NDArray[np.int64]) -> None:
        """Replace each pick in turn by the row of the list that serves best, itself if none."""
        for place, row in enumerate(list(self.picks)):
            self.sums -= self._near(row)
            score = np.round(2 * self.sums / len(self.picks) - 2 * self.mean, 12)
            taken = np.asarray(self.picks[:place] + self.picks[place + 1 :], dtype=np.int64)
            score[taken] = np.inf
            best = int(rows[score[rows].argmin()])
            self.picks[place] = best if score[best] < score[row] else row
            self.sums += self._near(self.picks[place])

    def ranked(self) -> list[int]:
        """The picks, those in the emptiest places first."""
        at = np.asarray(self.picks, dtype=np.int64)
        missed = np.round(self.mean[at] - (self.sums[at] - 1) / max(1, len(at)), 12)
        return list(map(int, at[np.argsort(-missed, kind="stable")]))


def _square(X: NDArray[Any], mean: NDArray[np.float64], width: float) -> float:
    return float(kernel_mean(X, X, width).mean() - 2 * mean.mean())
