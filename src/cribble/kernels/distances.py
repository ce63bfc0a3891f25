"""Squared Euclidean distances, decided in float64, and the walks that compute few of them.

Every distance that decides a pick is the sum of (x - y)^2 in float64, in one fixed order, so that
it depends on the two rows alone: not on block size, thread count or the rows computed beside it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.threads import in_threads
from cribble.kernels.widening import bits_of, read_row, wide_rows

# Sums may be split into lanes, in one way fixed at compile time; nothing else is relaxed.
_LANES = {"reassoc", "contract", "nsz"}
_CHUNK = 128
BLOCK = 1024
# Matrix products over this many centers at once beat measuring one row after another.
_LAG = 128


@njit(cache=True, nogil=True, fastmath=_LANES)
def _squared_part(x, y):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(len(x)):
        gap = np.float64(x[k]) - np.float64(y[k])
        total += gap * gap
    return total


@njit(cache=True, nogil=True)
def squared_distance(x, y, enough):  # type: ignore[no-untyped-def]
    """Sum (x - y)^2 in float64, giving up once the sum reaches ``enough``.

    Args:
        x: (d,) row.
        y: (d,) row.
        enough: Distances at or above it are all the same to the caller.

    Returns:
        The squared distance, or some number in [enough, squared distance].
    """
    total = 0.0
    for start in range(0, len(x), _CHUNK):
        total += _squared_part(x[start : start + _CHUNK], y[start : start + _CHUNK])
        if total >= enough:
            break
    return total


@njit(cache=True, nogil=True)
def _squared_distances(X, point, out):  # type: ignore[no-untyped-def]
    for i in range(len(X)):
        out[i] = squared_distance(X[i], point, np.inf)


def squared_distances(X: NDArray[Any], point: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure every row against one point.

    Args:
        X: (n, d) float16, float32 or float64.
        point: (d,) float64.

    Returns:
        (n,) float64. Memory: 8 bytes a row.
    """
    out = np.empty(len(X))

    def block(low: int) -> None:
        rows = slice(low, low + BLOCK)
        _squared_distances(wide_rows(X[rows]), point, out[rows])

    deque(in_threads(block, range(0, len(X), BLOCK)), maxlen=0)
    return out


def mean_row(X: NDArray[Any]) -> NDArray[np.float64]:
    """Average the rows in float64, in blocks of a fixed size, (d,)."""
    total = np.zeros(X.shape[1])
    for start in range(0, len(X), BLOCK):
        total += wide_rows(X[start : start + BLOCK]).sum(axis=0, dtype=np.float64)
    return total / max(1, len(X))


@njit(cache=True, nogil=True)
def catch_up(row, i, centers, apart, count, squared, owner, seen, best, first):  # type: ignore[no-untyped-def]
    """Measure row i against centers it has not met, until it is known to lose against ``best``."""
    known = len(apart)
    for c in range(seen[i], count):
        seen[i] = c + 1
        held = owner[i]
        # Triangle inequality: a center this far from mine cannot be nearer to me than mine.
        if 0 <= held < known and c < known and apart[held, c] >= 4.0 * squared[i]:
            continue
        gap = squared_distance(row, centers[c], squared[i])
        if gap < squared[i]:
            squared[i] = gap
            owner[i] = c
            if gap < best or (gap == best and i > first):
                return False
    return True


@njit(cache=True, nogil=True)
def farthest_row(  # type: ignore[no-untyped-def]
    X, centers, apart, count, squared, owner, seen, peaks, blocked, codes, costs, ceiling
):
    """Find the open row farthest from its nearest center, touching few rows.

    ``squared`` holds an upper bound for each row: its distance to the nearest of the first
    ``seen`` centers. Bounds only fall, so a row whose bound is below the best exact distance so
    far need not be brought up to date, and a block whose peak is below need not be read.

    Args:
        X: (n, d) float32 or float64, or the bits of float16.
        centers: (k, d) rows like X, or float32, of which the first ``count`` are set.
        apart: (a, a) float32 lower bounds of the squared distances among the first a centers.
        count: Number of centers.
        squared: (n,) float64 bounds, inf at the start; updated.
        owner: (n,) int64 center that gave the bound, -1 at the start; updated.
        seen: (n,) int64 number of centers met; updated.
        peaks: (ceil(n / 1024),) float64 largest bound among the open rows of a block; updated.
        blocked: (n,) bool, rows that may not be picked.
        codes: (n,) int64 group of each row.
        costs: (n,) float64 cost of each row.
        ceiling: (C,) float64 largest cost a row of a group may have.

    Returns:
        The row, lowest first among equals; -1 where no row is open. Memory: no more than given.
    """
    best, first = -1.0, -1
    start = np.argmax(peaks)
    room = np.empty(X.shape[1], dtype=np.float32)
    for turn in range(-1, len(peaks)):
        block = start if turn < 0 else turn
        low = block * BLOCK
        if peaks[block] < best or (peaks[block] == best and low > first):
            continue
        peak = -1.0
        for i in range(low, min(low + BLOCK, len(X))):
            if blocked[i] or costs[i] > ceiling[codes[i]]:
                continue
            wins = squared[i] > best or (squared[i] == best and i < first)
            if wins:
                row = read_row(X, i, room)
                if catch_up(row, i, centers, apart, count, squared, owner, seen, best, first):
                    best, first = squared[i], i
            peak = max(peak, squared[i])
        peaks[block] = peak
    return first


@njit(cache=True, nogil=True)
def best_addition(  # type: ignore[no-untyped-def]
    X,
    centers,
    apart,
    count,
    squared,
    owner,
    seen,
    prior,
    scale,
    cap,
    blocked,
    codes,
    costs,
    ceiling,
):
    """Find the open row of largest prior + scale * min(cap, distance to its nearest center).

    Arguments as in `farthest_row`, with scale above 0. Returns the lowest row among equals; -1
    where no row is open.
    """
    best, first = -np.inf, -1
    room = np.empty(X.shape[1], dtype=np.float32)
    for i in range(len(X)):
        if blocked[i] or costs[i] > ceiling[codes[i]]:
            continue
        if prior[i] + scale * min(cap, np.sqrt(squared[i])) <= best:
            continue
        needed = max(0.0, (best - prior[i]) / scale)
        row = read_row(X, i, room)
        if catch_up(row, i, centers, apart, count, squared, owner, seen, needed * needed, -1):
            score = prior[i] + scale * min(cap, np.sqrt(squared[i]))
            if score > best:
                best, first = score, i
    return first


@njit(cache=True, nogil=True)
def _survivors(apart, count, squared, owner, seen):  # type: ignore[no-untyped-def]
    """Count the (row, center) pairs that the triangle inequality cannot rule out."""
    known = min(len(apart), count)
    left = 0
    for i in range(len(squared)):
        left += count - max(seen[i], known)
        for c in range(seen[i], known):
            if not 0 <= owner[i] < known or apart[owner[i], c] < 4.0 * squared[i]:
                left += 1
    return left


@njit(cache=True, nogil=True)
def _nearest_of(X, centers, products, x_norms, c_norms, squared, owner, seen, offset):  # type: ignore[no-untyped-def]
    """Decide in float64 among the centers that float32 products leave in doubt."""
    most = 0.0
    for c in range(len(c_norms)):
        most = max(most, c_norms[c])
    for i in range(len(X)):
        # Rounding of d products and four more operations, whatever their order.
        doubt = (X.shape[1] + 8) * 2.0**-23 * (x_norms[i] + most)
        least = squared[i] - x_norms[i]
        for c in range(len(c_norms)):
            least = min(least, c_norms[c] - 2.0 * products[i, c])
        for c in range(len(c_norms)):
            if c_norms[c] - 2.0 * products[i, c] > least + 2.0 * doubt or offset + c < seen[i]:
                continue
            gap = squared_distance(X[i], centers[c], squared[i])
            if gap < squared[i]:
                squared[i] = gap
                owner[i] = offset + c
        seen[i] = max(seen[i], offset + len(c_norms))


@njit(cache=True, nogil=True)
def _add_center(X, row, centers, apart, count):  # type: ignore[no-untyped-def]
    here = read_row(X, row, np.empty(X.shape[1], dtype=np.float32))
    for k in range(X.shape[1]):
        centers[count, k] = here[k]
    if count < len(apart):
        for c in range(count):
            # A little below the true distance, so that rounding cannot prune wrongly.
            gap = squared_distance(centers[c], centers[count], np.inf) * (1.0 - 1e-6)
            apart[c, count] = gap
            apart[count, c] = gap


class Centers:
    """Centers in the order they come, and what each row of a pool knows of its nearest.

    Memory: 32 bytes a row, the centers' rows twice at most, and up to 64 MiB for the distances
    among the first 4,096 centers.

    Args:
        X: (n, d) float16, float32 or float64 rows.

    Attributes:
        count: Number of centers.
        squared: (n,) float64 upper bound of each row's squared distance to its nearest center.
        owner: (n,) int64 number of the center that gave the bound, -1 for none.
    """

    def __init__(self, X: NDArray[Any]) -> None:
        self.X = X
        self.count = 0
        self.squared = np.full(len(X), np.inf)
        self.owner = np.full(len(X), -1, dtype=np.int64)
        self._bits = bits_of(X)
        kind = np.float32 if X.dtype == np.float16 else X.dtype
        self._centers = np.empty((64, X.shape[1]), dtype=kind)
        self._apart = np.zeros((64, 64), dtype=np.float32)
        self._seen = np.zeros(len(X), dtype=np.int64)
        self._peaks = np.full(-(-len(X) // BLOCK), np.inf)

    def _grow(self) -> None:
        wider = np.empty((2 * self.count, self.X.shape[1]), dtype=self._centers.dtype)
        wider[: self.count] = self._centers
        self._centers = wider
        known = len(self._apart)
        if known < min(self.count + 1, 4096):
            apart = np.zeros((2 * known, 2 * known), dtype=np.float32)
            apart[:known, :known] = self._apart
            self._apart = apart

    def add(self, row: int) -> float:
        """Make a row a center; returns its squared distance to the nearest earlier one."""
        args = (self._bits, self._centers, self._apart, self.count)
        _settle_one(*args, self.squared, self.owner, self._seen, row)
        before = float(self.squared[row])
        if self.count == len(self._centers):
            self._grow()
        _add_center(self._bits, row, self._centers, self._apart, self.count)
        self.count += 1
        if self.count % _LAG == 0:
            self.settle()
        return before

    def farthest(
        self,
        blocked: NDArray[np.bool_],
        codes: NDArray[np.int64],
        costs: NDArray[np.float64],
        ceiling: NDArray[np.float64],
    ) -> int:
        """Find the open row farthest from its nearest center; see `farthest_row`."""
        state = (self.squared, self.owner, self._seen, self._peaks)
        return int(
            farthest_row(
                self._bits,
                self._centers,
                self._apart,
                self.count,
                *state,
                blocked,
                codes,
                costs,
                ceiling,
            )
        )

    def best_addition(
        self,
        prior: NDArray[np.float64],
        scale: float,
        cap: float,
        blocked: NDArray[np.bool_],
        codes: NDArray[np.int64],
        costs: NDArray[np.float64],
        ceiling: NDArray[np.float64],
    ) -> int:
        """Find the open row of largest prior + scale * min(cap, distance to nearest center)."""
        meet = (self._bits, self._centers, self._apart, self.count)
        state = (self.squared, self.owner, self._seen, prior, scale, cap)
        return int(best_addition(*meet, *state, blocked, codes, costs, ceiling))

    def settle(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Make every row's nearest center exact; ties go to the earlier center.

        A block of rows goes through matrix products where the triangle inequality rules out too
        little; either way the decision is exact.

        Returns:
            squared: (n,) float64 squared distance to the nearest center.
            owner: (n,) int64 number of that center.
        """
        centers = self._centers[: self.count]

        def block(low: int) -> None:
            rows = slice(low, low + BLOCK)
            state = (self.squared[rows], self.owner[rows], self._seen[rows])
            probe = tuple(array[:: BLOCK // 32] for array in state)
            left = _survivors(self._apart, self.count, *probe)
            if left > 0.05 * self.count * len(probe[0]):
                _nearest_by_products(wide_rows(self.X[rows]), centers, *state)
            else:
                _settle_rows(wide_rows(self.X[rows]), centers, self._apart, *state)

        deque(in_threads(block, range(0, len(self.X), BLOCK)), maxlen=0)
        return self.squared, self.owner


def _lengths(X: NDArray[Any]) -> NDArray[np.float64]:
    out = np.empty(len(X))
    _squared_distances(X, np.zeros(X.shape[1]), out)
    return out


def _nearest_by_products(
    X: NDArray[Any],
    centers: NDArray[Any],
    squared: NDArray[np.float64],
    owner: NDArray[np.int64],
    seen: NDArray[np.int64],
) -> None:
    narrow = X.astype(np.float32, copy=False)
    x_norms = _lengths(X)
    for start in range(int(seen.min(initial=len(centers))), len(centers), 4 * BLOCK):
        some = centers[start : start + 4 * BLOCK]
        c_norms = _lengths(some)
        products = narrow @ some.astype(np.float32, copy=False).T
        _nearest_of(X, some, products, x_norms, c_norms, squared, owner, seen, start)


@njit(cache=True, nogil=True)
def _settle_rows(X, centers, apart, squared, owner, seen):  # type: ignore[no-untyped-def]
    for i in range(len(X)):
        catch_up(X[i], i, centers, apart, len(centers), squared, owner, seen, -1.0, -1)


@njit(cache=True, nogil=True)
def _settle_one(X, centers, apart, count, squared, owner, seen, row):  # type: ignore[no-untyped-def]
    here = read_row(X, row, np.empty(X.shape[1], dtype=np.float32))
    catch_up(here, row, centers, apart, count, squared, owner, seen, -1.0, -1)
