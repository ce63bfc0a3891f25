"""Multicut: clusters without a number of clusters, from pairs that attract and pairs that repel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.core.errors import ParameterError


class Cut(NamedTuple):
    """A partition of rows.

    Args:
        codes: (n,) int64 cluster of each row, numbered by their first rows.
        joined: Sum of the values of all pairs inside clusters; 0 where every row is alone.
    """

    codes: NDArray[np.int64]
    joined: float


@njit(cache=True, nogil=True)
def _value(sums, sizes, i, j, offset):  # type: ignore[no-untyped-def]
    """Sum of <x, y> - offset over the pairs of two clusters."""
    total = 0.0
    for d in range(sums.shape[1]):
        total += sums[i, d] * sums[j, d]
    return total - offset * sizes[i] * sizes[j]


@njit(cache=True, nogil=True)
def _best_of(sums, sizes, alive, i, offset, first):  # type: ignore[no-untyped-def]
    """The cluster from ``first`` on of largest value with i, the lowest among equals; or -1."""
    best, found = -np.inf, -1
    for j in range(first, len(sums)):
        if j != i and alive[j]:
            value = _value(sums, sizes, i, j, offset)
            if value > best:
                best, found = value, j
    return best, found


@njit(cache=True, nogil=True)
def _contract(sums, offset):  # type: ignore[no-untyped-def]
    """Join the two clusters of largest value until none is positive; see `multicut`."""
    n = len(sums)
    sizes, alive = np.ones(n), np.ones(n, dtype=np.bool_)
    parent = np.arange(n)
    best, mate = np.full(n, -np.inf), np.full(n, -1)
    for i in range(n):
        best[i], mate[i] = _best_of(sums, sizes, alive, i, offset, i + 1)
    joined = 0.0
    while n > 0:
        i = int(np.argmax(best))
        if not best[i] > 0.0:
            break
        j = mate[i]
        joined += best[i]
        for d in range(sums.shape[1]):
            sums[i, d] += sums[j, d]
        sizes[i] += sizes[j]
        alive[j], parent[j], best[j] = False, i, -np.inf
        for m in range(n):
            if not alive[m]:
                continue
            if m == i or mate[m] == i or mate[m] == j:
                best[m], mate[m] = _best_of(sums, sizes, alive, m, offset, m + 1)
            elif m < i:
                value = _value(sums, sizes, m, i, offset)
                if value > best[m] or (value == best[m] and i < mate[m]):
                    best[m], mate[m] = value, i
    return parent, joined


def multicut(x: NDArray[Any], offset: float) -> Cut:
    """Partition rows by greedy additive edge contraction on the complete graph.

    A pair is worth <x, y> - offset: what it adds when both are in one cluster. A partition is worth
    the sum over its pairs. From all rows alone, the two clusters whose pairs are worth the most
    together are joined, while that is positive. The value of two clusters is a product of their
    summed rows, so the graph is never written out.

    O(n^2 d) time at least, more where many clusters are nearest to the same. Holds 8 d + 40 bytes
    a row.

    Args:
        x: (n, d) finite floats; often of length 1, where the products are cosines.
        offset: What a product must exceed for a pair to attract; a larger one gives more clusters.

    Raises:
        ParameterError: ``offset`` is not finite.

    Source:
        Abbas and Swoboda (2023), arXiv:2301.12159.
    """
    if not np.isfinite(offset):
        raise ParameterError("offset", offset, "finite")
    parent, joined = _contract(np.array(x, dtype=np.float64, order="C"), float(offset))
    # A row joins a lower one, so roots come before their rows.
    while not np.array_equal(above := parent[parent], parent):
        parent = above
    return Cut(np.unique(parent, return_inverse=True)[1].astype(np.int64), float(joined))
