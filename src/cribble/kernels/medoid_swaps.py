"""Swaps between medoids and other rows: what they gain, and what they change.

Matrix products only tell which rows cannot be nearer to a candidate than to their second medoid.
Every distance that counts is computed in float64 in one fixed order, so a gain depends on the rows
alone: on no block, thread or machine.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cribble.kernels.distances import squared_distance


@njit(cache=True, nogil=True)
def dissimilarity(x, y, root):  # type: ignore[no-untyped-def]
    """Euclidean distance of two rows, or its square."""
    square = squared_distance(x, y, np.inf)
    return np.sqrt(square) if root else square


@njit(cache=True, nogil=True)
def two_nearest(x, rows, medoids, products, halves, errors, root, far, state):  # type: ignore[no-untyped-def]
    """Find the two nearest medoids of some rows anew, the first among equals.

    Args:
        x: (n, d) float32.
        rows: (m,) int64 rows to bring up to date.
        medoids: (k,) int64 rows.
        products: (m, k) float32 inner products of rows and medoids.
        halves: (k,) float32 half the squared length of each medoid.
        errors: (n,) float64, what a half less a product may be off, for each row.
        root: Whether distances are Euclidean or squared.
        far: What a second medoid that does not exist is away, beyond every distance.
        state: ``near, gap, next_near, next_gap``: (n,) int32 place of the nearest medoid, float64
            distance to it, and both of the second; updated.
    """
    near, gap, next_near, next_gap = state
    for m in range(len(rows)):
        i, line = rows[m], products[m]
        low, reach = np.inf, np.inf
        for j in range(len(medoids)):
            score = np.float64(halves[j] - line[j])
            reach = min(reach, max(score, low))
            low = min(low, score)
        reach += 2.0 * errors[i]
        first, second, best, other = np.inf, np.inf, -1, -1
        for j in range(len(medoids)):
            if halves[j] - line[j] > reach:
                continue
            e = dissimilarity(x[i], x[medoids[j]], root)
            if e < first:
                second, other = first, best
                first, best = e, j
            elif e < second:
                second, other = e, j
        near[i], gap[i], next_near[i] = best, first, other
        next_gap[i] = second if other >= 0 else far


@njit(cache=True, nogil=True)
def removal_losses(near, gap, next_gap, k):  # type: ignore[no-untyped-def]
    """What the loss would grow by if each medoid went, and its rows to their second; (k,)."""
    out = np.zeros(k)
    for i in range(len(near)):
        out[near[i]] += next_gap[i] - gap[i]
    return out


@njit(cache=True, nogil=True)
def _may_replace(out, into, fixed, codes, counts, lower, upper, costs, slack, medoids):  # type: ignore[no-untyped-def]
    """Tell whether the limits let row ``into`` replace the medoid in place ``out``."""
    row = medoids[out]
    if fixed[row] or costs[into] - costs[row] > slack:
        return False
    here, there = codes[row], codes[into]
    return here == there or (counts[here] > lower[here] and counts[there] < upper[there])


@njit(cache=True, nogil=True)
def first_gain(  # type: ignore[no-untyped-def]
    x, block, start, products, halves, bars, root, state, removal, medoids, limits, least
):
    """Walk a block of candidates to the first that lowers the loss by more than ``least``.

    Args:
        x: (n, d) float32.
        block: (b,) int64 candidates; those that are not open are passed over.
        start: Where in the block to begin.
        products: (b, n) float32 inner products of candidates and rows.
        halves: (b,) float32 half the squared length of each candidate.
        bars: (n,) float32; only a product less its half above the bar can be of a row nearer to
            the candidate than to its second medoid.
        root: Whether distances are Euclidean or squared.
        state: ``near, gap, next_near, next_gap`` as in `two_nearest`.
        removal: (k,) float64, see `removal_losses`.
        medoids: (k,) int64 rows.
        limits: ``open_, fixed, codes, counts, lower, upper, costs, slack``.
        least: Gains up to it do not count.

    Returns:
        The place in the block, len(block) if there is none; the medoid's place; the change.
    """
    near, gap, _, next_gap = state
    open_, fixed, codes, counts, lower, upper, costs, slack = limits
    change = np.empty(len(medoids))
    for j in range(start, len(block)):
        c = block[j]
        if not open_[c]:
            continue
        change[:] = removal
        shared, line, half = 0.0, products[j], halves[j]
        for i in range(len(line)):
            if line[i] - half > bars[i]:
                e = dissimilarity(x[i], x[c], root)
                if e < gap[i]:
                    shared += e - gap[i]
                    change[near[i]] += gap[i] - next_gap[i]
                elif e < next_gap[i]:
                    change[near[i]] += e - next_gap[i]
        best, out = np.inf, -1
        for m in range(len(medoids)):
            if change[m] < best and _may_replace(
                m, c, fixed, codes, counts, lower, upper, costs, slack[0], medoids
            ):
                best, out = change[m], m
        if out >= 0 and best + shared < -least:
            return j, out, best + shared
    return len(block), -1, 0.0


@njit(cache=True, nogil=True)
def replace(x, line, half, bars, root, state, medoids, out, into):  # type: ignore[no-untyped-def]
    """Put row ``into`` in the place ``out`` of the medoids, and bring up to date who gains by it.

    Returns:
        (m,) int64, the rows that are nearer to it than to their second medoid; and those that had
        ``out`` for one of their two, which are not up to date.
    """
    near, gap, next_near, next_gap = state
    medoids[out] = into
    rows = np.empty(len(near), dtype=np.int64)
    count, last = 0, len(near)
    for i in range(len(near)):
        if near[i] == out or next_near[i] == out:
            last -= 1
            rows[last] = i
        elif line[i] - half > bars[i]:
            e = dissimilarity(x[i], x[into], root)
            if e < gap[i] or (e == gap[i] and out < near[i]):
                next_near[i], next_gap[i] = near[i], gap[i]
                near[i], gap[i] = out, e
            elif e < next_gap[i] or (e == next_gap[i] and out < next_near[i]):
                next_near[i], next_gap[i] = out, e
            else:
                continue
            rows[count] = i
            count += 1
    return rows[:count], rows[last:]


@njit(cache=True, nogil=True)
def promising(  # type: ignore[no-untyped-def]
    x, drawn, block, products, halves, bars, root, state, removal, medoids, limits
):
    """Mark the candidates of which a sample of rows expects that they lower the loss.

    The change that a swap makes is what the removal costs, which is known, plus a sum over rows
    that is zero for all rows nearer to their second medoid than to the candidate. That sum is
    estimated.

    Args:
        x: (n, d) float32.
        drawn: (s,) int64 rows of the sample.
        block: (b,) int64 candidates.
        products: (b, s) float32 inner products of candidates and drawn rows.
        halves: (b,) float32 half the squared length of each candidate.
        bars: (s,) float32 of the drawn rows, as in `first_gain`.
        root: As in `first_gain`, and so ``state``, ``removal``, ``medoids``, ``limits``.
        state: See there.
        removal: See there.
        medoids: See there.
        limits: See there.

    Returns:
        (b,) bool.
    """
    near, gap, _, next_gap = state
    _, fixed, codes, counts, lower, upper, costs, slack = limits
    scale = len(x) / len(drawn)
    out = np.zeros(len(block), dtype=np.bool_)
    sums = np.empty(len(medoids))
    for j in range(len(block)):
        c = block[j]
        sums[:] = 0.0
        shared, line, half = 0.0, products[j], halves[j]
        for place in range(len(drawn)):
            if line[place] - half <= bars[place]:
                continue
            i = drawn[place]
            e = dissimilarity(x[i], x[c], root)
            other = min(e - gap[i], 0.0)
            shared += other
            sums[near[i]] += min(e - next_gap[i], 0.0) - other
        for m in range(len(medoids)):
            if removal[m] + scale * (shared + sums[m]) < 0.0 and _may_replace(
                m, c, fixed, codes, counts, lower, upper, costs, slack[0], medoids
            ):
                out[j] = True
                break
    return out
