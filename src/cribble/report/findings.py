"""What stands out about a pool, in words: copies, a group that dominates, empty vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.metrics import near_duplicate_share
from cribble.metrics.blocked import sample_rows

_MANY_COPIES, _DOMINANT, _EMPTY = 0.2, 0.5, 0.01
_LOOKED_AT, _AMONG = 1_000, 50_000


def pool_findings(pool: Pool, seed: int = 0) -> tuple[str, ...]:
    """Look for what a person should know before trusting any subset of the pool.

    Args:
        pool: The pool.
        seed: Seed of the sample: 1,000 rows, each among at most 50,000.

    Returns:
        One sentence a finding; empty where nothing stands out.
    """
    found = [_dominant(pool, name) for name in pool.group_names]
    if pool.has("embedding") and pool.signal("embedding").ndim == 2 and len(pool) > 1:
        rows = sample_rows(len(pool), _AMONG, seed, "findings")
        found += _vectors(pool.signal("embedding")[rows], len(pool), seed)
    return tuple(one for one in found if one)


def _dominant(pool: Pool, name: str) -> str:
    groups = pool.groups(name)
    if len(groups.names) < 2:
        return ""
    counts = np.bincount(groups.codes, minlength=len(groups.names))
    share = counts.max() / max(1, len(pool))
    if share < _DOMINANT:
        return ""
    top = groups.names[int(counts.argmax())]
    return f"One group dominates the pool: {share:.0%} of its rows have {name} “{top}”."


def _vectors(vectors: NDArray[Any], size: int, seed: int) -> list[str]:
    empty = ~vectors.any(axis=1)
    lines = []
    if empty.mean() >= _EMPTY:
        lines.append(
            f"{empty.mean():.0%} of the rows have an embedding of zeros: "
            "the embedder found nothing in them."
        )
    copies = near_duplicate_share(vectors[~empty], sample=_LOOKED_AT, seed=seed)
    if copies >= _MANY_COPIES:
        among = "" if len(vectors) == size else f" (judged among {len(vectors):,} of them)"
        lines.append(
            f"The pool repeats itself: {copies:.0%} of its rows have a near-duplicate, a row at "
            f"cosine 0.95 or more{among}."
        )
    return lines
