"""Plain twins of `cribble.kernels.set_join` and `cosine_join`: every row against every kept one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def jaccard(a: set[Any], b: set[Any]) -> float:
    """|A and B| / |A or B|; 0 for two empty sets."""
    return len(a & b) / max(1, len(a | b))


def cosines(vectors: NDArray[Any]) -> NDArray[np.float64]:
    """All cosines in float64, (n, n); 0 for a zero row."""
    rows = np.asarray(vectors, dtype=np.float64)
    norms = np.sqrt((rows * rows).sum(axis=1))
    lengths = norms[:, None] * norms[None, :]
    dots = rows @ rows.T
    found: NDArray[np.float64] = np.divide(
        dots, lengths, out=np.zeros_like(dots), where=lengths > 0
    )
    return found


def first_kept(size: int, order: Sequence[int], alike: Callable[[int, int], bool]) -> list[int]:
    """Of each row the first kept row in ``order`` that it is like, or -1."""
    matched = [-1] * size
    kept: list[int] = []
    for row in order:
        matched[row] = next((other for other in kept if alike(row, other)), -1)
        if matched[row] < 0:
            kept.append(row)
    return matched
