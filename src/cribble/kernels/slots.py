"""Centers matched to groups, so that counts within bounds can still be reached."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def match_slots(
    allowed: NDArray[np.bool_],
    least: NDArray[np.int64],
    most: NDArray[np.int64],
    total: int,
) -> NDArray[np.int64] | None:
    """Give each center a group, so that the bounds and the total can still be met.

    A group has slots of its own for its minimum, and all groups share the rest of the total: a
    maximum flow from centers through groups to slots.

    Args:
        allowed: (h, C) bool, which groups each center may get.
        least: (C,) int64 minimum of each group; the sum is at most ``total``.
        most: (C,) int64 maximum of each group, at least the minimum.
        total: Number of slots.

    Returns:
        (h,) int64 group of each center; None where not all centers can get one. Memory: 20 bytes
        a pair that is allowed.
    """
    # Sparse matrices are slow to import, and few callers need them.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import maximum_flow

    h, groups = allowed.shape
    source, shared, sink = h + groups, h + groups + 1, h + groups + 2
    own = np.arange(h, h + groups)
    center, group = np.nonzero(allowed)
    edges = [
        (np.full(h, source), np.arange(h), np.ones(h)),
        (center, h + group, np.ones(len(center))),
        (own, np.full(groups, sink), np.minimum(least, total)),
        (own, np.full(groups, shared), np.minimum(most - least, total)),
        ([shared], [sink], [total - least.sum()]),
    ]
    tails, heads, rooms = (np.concatenate(part) for part in zip(*edges, strict=True))
    graph = coo_array((rooms, (tails, heads)), shape=(sink + 1, sink + 1)).tocsr()
    flow = maximum_flow(graph.astype(np.int32), source, sink)
    if flow.flow_value < h:
        return None
    pairs = flow.flow.tocoo()
    used = (pairs.data > 0) & (pairs.row < h)
    given = np.empty(h, dtype=np.int64)
    given[pairs.row[used]] = pairs.col[used] - h
    return given
