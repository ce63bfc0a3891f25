"""Which rows no other row beats: layers of them, how crowded each is, and what it covers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _beaten(points, row, last, before):  # type: ignore[no-untyped-def]
    """Whether a member of a layer dominates a row that comes after all of them."""
    width = points.shape[1]
    while last >= 0:
        above, equal = True, True
        for k in range(width):
            if points[last, k] < points[row, k]:
                above = False
                break
            if points[last, k] > points[row, k]:
                equal = False
        if above and not equal:
            return True
        # With two columns the latest member has the largest second one.
        if width <= 2:
            return False
        last = before[last]
    return False


@njit(cache=True, nogil=True)
def _place(points, order, layers, last, before):  # type: ignore[no-untyped-def]
    count = 0
    for row in order:
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            if _beaten(points, row, last[middle], before):
                low = middle + 1
            else:
                high = middle
        layers[row] = low
        before[row] = last[low]
        last[low] = row
        count = max(count, low + 1)


def dominance_layers(points: NDArray[Any]) -> NDArray[np.int64]:
    """Peel off the non-dominated rows again and again.

    A row dominates another if it is as large in every column and larger in one; equal rows share
    a layer. O(n log n) with two columns; with more, O(n m log l) for layers of m rows. Memory:
    32 bytes a row and a float64 copy.

    Args:
        points: (n, c) finite floats, larger is better, c >= 1.

    Returns:
        (n,) int64 layer of each row, from 0.

    Source:
        Efficient non-dominated sort: Zhang et al. (2015), doi:10.1109/TEVC.2014.2308305.
    """
    wide = np.ascontiguousarray(points, dtype=np.float64)
    # By the first column, then the second and so on: a row is only dominated by earlier ones.
    order = np.lexsort(-wide.T[::-1])
    layers = np.zeros(len(wide), dtype=np.int64)
    none = np.full(len(wide), -1, dtype=np.int64)
    _place(wide, order, layers, none, none.copy())
    return layers


def crowding(points: NDArray[Any], layers: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far apart the two neighbors of each row are within its layer, summed over the columns.

    Args:
        points: (n, c) finite floats.
        layers: (n,) int64.

    Returns:
        (n,) float64 in multiples of the layer's range of each column; inf at the ends of a column.

    Source:
        Deb et al. (2002), doi:10.1109/4235.996017.
    """
    total = np.zeros(len(layers))
    for column in np.asarray(points, dtype=np.float64).T:
        order = np.lexsort((column, layers))
        value, layer = column[order], layers[order]
        first = np.diff(layer, prepend=-1) != 0
        final = np.append(first[1:], True)[: len(first)]
        group = np.cumsum(first) - 1
        spread = (value[final] - value[first])[group]
        gap = np.roll(value, -1) - np.roll(value, 1)
        gap = np.divide(gap, spread, out=np.zeros(len(gap)), where=spread > 0)
        gap[(first | final) & (spread > 0)] = np.inf
        total[order] += gap
    return total


@njit(cache=True, nogil=True)
def _within(box, others, out):  # type: ignore[no-untyped-def]
    """Cut boxes to what they share with one, and leave out those inside of others; their count."""
    count, width = 0, len(box)
    for i in range(len(others)):
        for k in range(width):
            out[count, k] = min(others[i, k], box[k])
        inside = False
        for j in range(count):
            inside = True
            for k in range(width):
                inside &= out[j, k] >= out[count, k]
            if inside:
                break
        count += not inside
    return count


@njit(cache=True, nogil=True)
def _alone(box, others):  # type: ignore[no-untyped-def]
    """Volume of a box that none of the others holds."""
    volume = 1.0
    for k in range(len(box)):
        volume *= box[k]
    if len(others) == 0 or volume == 0.0:
        return volume
    shared = np.empty_like(others)
    count = _within(box, others, shared)
    for i in range(count):
        volume -= _alone(shared[i], shared[i + 1 : count])
    return volume


@njit(cache=True, nogil=True)
def fresh_volumes(boxes, members):  # type: ignore[no-untyped-def]
    """How much of each box from the origin to a point the boxes of the members leave.

    By cutting the members to the box and taking them out one after another: exponential in the
    columns at worst, fast where few members are near.

    Args:
        boxes: (m, c) float64 points, 0 or more.
        members: (s, c) float64 points, 0 or more; fastest with the first column falling.

    Returns:
        (m,) float64, 0 or more.

    Source:
        While, Bradstreet and Barone (2012), doi:10.1109/TEVC.2010.2077298.
    """
    out = np.empty(len(boxes))
    for i in range(len(boxes)):
        out[i] = max(_alone(boxes[i], members), 0.0)
    return out
