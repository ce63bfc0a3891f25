"""Layers of neighbors: how soon a row comes up when every target row names its nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.kernels.topk import blocked_top

# Score, row and owner, in a list that grows to twice its length before it is cut.
_SLOT_BYTES = 48


def nearest_layers(
    targets: NDArray[Any],
    rows: Any,
    depth: int,
    blocked: NDArray[np.bool_],
    memory: int,
) -> NDArray[np.int64]:
    """Give each row the least place that it has in any target row's list of nearest by cosine.

    The rows of layer r are the r-th nearest of some target row, and no target row's nearer. As
    many lists are held at a time as ``memory`` allows, each for one pass over the rows.

    Args:
        targets: (q, d).
        rows: (n, d) array, or what can be sliced like one.
        depth: Length of the lists, at least 1.
        blocked: (n,) bool, rows that no list holds.
        memory: Bytes for the lists of one pass and for the blocks, as far as one list allows.

    Returns:
        (n,) int64 layers from 1; ``depth + 1`` where no list holds the row.
    """
    layers = np.full(len(rows), depth + 1)
    together = max(1, memory // (2 * _SLOT_BYTES * depth))
    for first in range(0, len(targets), together):
        some = targets[first : first + together]
        near = blocked_top(some, rows, depth, blocked=blocked, memory=memory)
        place = np.broadcast_to(np.arange(1, depth + 1), near.rows.shape)
        found = near.rows >= 0
        np.minimum.at(layers, near.rows[found], place[found])
    return layers
