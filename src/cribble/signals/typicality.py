"""How typical each row is of its label, from its neighbors and with no training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import row_uniforms

if TYPE_CHECKING:
    from cribble.kernels.votes import Votes

_MEMBERS = 8


def typicality(
    X: NDArray[Any],
    labels: NDArray[np.int64],
    *,
    neighbors: int = 32,
    close: int = 5,
    among: int | None = None,
    seed: int = 0,
) -> Votes:
    """Score every row by the votes of its neighbors in eight random halves of the rows.

    Memory: 4 bytes a row and neighbor, 100 bytes a row, and the rows in float32.

    Args:
        X: (n, d) finite floats.
        labels: (n,) int64 codes from 0.
        neighbors: Neighbors that vote, at least 1.
        close: How many of the nearest `Votes.close` looks at.
        among: Beyond 20,000 rows, how many may be neighbors, drawn at random; None for all.
        seed: Draws the halves, and the clusters that neighbors are searched in.

    Returns:
        Five scores a row, large is typical; see `cribble.kernels.votes.neighbor_votes`.

    Source:
        Carlini, Erlingsson and Papernot (2019), arXiv:1910.13427; votes of neighbors in place of
        networks are our own.
    """
    from cribble.kernels.neighbors import near_rows
    from cribble.kernels.scratch import working_rows
    from cribble.kernels.votes import neighbor_votes

    halves = np.zeros(len(X), dtype=np.uint32)
    for member in range(_MEMBERS):
        inside = row_uniforms(seed, f"typicality half {member}", 0, len(X)) < 0.5
        halves |= inside.astype(np.uint32) << np.uint32(member)
    found = near_rows(X, neighbors, seed, among=among)
    return neighbor_votes(working_rows(X), found, labels, halves, _MEMBERS, close)
