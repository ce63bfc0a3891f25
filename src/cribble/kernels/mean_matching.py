"""Rows in an order in which the mean of every start is near the mean of all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.threads import limited_threads


def mean_matching(
    X: NDArray[Any], count: int, first: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Order rows greedily: each brings the mean of the rows so far nearest to the mean of all.

    Products in the precision of the rows, on one thread, so that the number of threads changes
    nothing. O(count m d); holds a few numbers a row.

    Args:
        X: (m, d) finite floats.
        count: Rows to order so; the others follow, those that would come next first.
        first: (f,) int64 rows that come first, whatever they are worth.

    Returns:
        (m,) int64, all rows; of equals the lowest comes first.

    Source:
        Welling (2009), doi:10.1145/1553374.1553517.
    """
    mean = X.sum(axis=0, dtype=np.float64) / max(1, len(X))
    taken = np.zeros(len(X), dtype=np.bool_)
    order = [] if first is None else first.tolist()
    taken[order] = True
    total = X[order].sum(axis=0, dtype=np.float64)
    squares = np.einsum("ij,ij->i", X, X, dtype=np.float64)

    def costs() -> NDArray[np.float64]:
        # |mean - (total + x) / t|^2, times t^2, less what is the same for every row.
        gap = total - (len(order) + 1) * mean
        found: NDArray[np.float64] = squares + 2 * (X @ gap.astype(X.dtype))
        return found

    with limited_threads(1):
        while len(order) < min(count, len(X)):
            row = int(np.where(taken, np.inf, costs()).argmin())
            taken[row] = True
            order.append(row)
            total += X[row]
        rest = np.flatnonzero(~taken)
        rest = rest[np.argsort(costs()[rest], kind="stable")]
    return np.concatenate([np.array(order, dtype=np.int64), rest])
