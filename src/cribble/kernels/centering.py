"""Rows about a center, and of length 1: what differs between rows, not what they share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def centered(
    rows: NDArray[Any], center: NDArray[np.float64], spherical: bool
) -> NDArray[np.float32]:
    """Take a block of rows about a center.

    Args:
        rows: (b, d) floats.
        center: (d,) float64.
        spherical: Whether they are scaled to length 1; a row at the center stays there.

    Returns:
        (b, d) float32.
    """
    offsets: NDArray[np.float64] = rows - center
    if spherical:
        lengths = np.linalg.norm(offsets, axis=1, keepdims=True)
        offsets /= np.where(lengths > 0, lengths, 1)
    return offsets.astype(np.float32)
