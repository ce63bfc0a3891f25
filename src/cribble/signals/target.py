"""Vectors of the targets beside those of the pool."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.core.errors import SignalError


def target_vectors(pool: Pool, name: str) -> NDArray[Any]:
    """Stack a signal of all targets.

    Args:
        pool: A pool with targets.
        name: Name of a signal of pool and targets, (n, d).

    Returns:
        (q, d), target after target.

    Raises:
        TargetError: There is no target, or one is empty.
        SignalError: The signal is missing, is not (n, d) or not finite, or pool and target differ
            in d.
    """
    targets = pool.target_pools()
    dim = pool.signal(name, ndim=2).shape[1]
    found = [target.signal(name, ndim=2) for target in targets]
    for number, one in enumerate(found):
        if one.shape[1] != dim:
            raise SignalError(
                name,
                f"the pool has {dim} dimensions, target {number} has {one.shape[1]}",
                "embed both with the same embedder",
            )
    return np.concatenate(found)
