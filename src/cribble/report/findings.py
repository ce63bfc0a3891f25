"""What stands out about a pool, in words: copies, a group that dominates, empty vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core import Pool
from cribble.kernels.scratch import TAKEN_BYTES, blocks_of, scratch, taken_rows
from cribble.metrics import near_duplicate_share
from cribble.metrics.blocked import sample_rows, working

_MANY_COPIES, _DOMINANT, _EMPTY = 0.2, 0.5, 0.01
_LOOKED_AT, _AMONG = 1_000, 50_000
_NEIGHBORS, _AGREE, _MANY_WRONG, _LEAST_ROWS = 10, 6, 0.1, 50


def pool_findings(pool: Pool, seed: int = 0) -> tuple[str, ...]:
    """Look for what a person should know before trusting any subset of the pool.

    Args:
        pool: The pool.
        seed: Seed of the sample: 1,000 rows, each among at most 50,000.

    Returns:
        One sentence a finding; empty where nothing stands out.
    """
    found = [_dominant(pool, name) for name in pool.group_names]
    if "label" in pool.group_names:
        found.append(_wrong_labels(pool, seed))
    if pool.has("embedding") and pool.signal("embedding").ndim == 2 and len(pool) > 1:
        rows = sample_rows(len(pool), _AMONG, seed, "findings")
        found += _vectors(taken_rows(pool.signal("embedding"), rows), len(pool), seed)
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


def _wrong_labels(pool: Pool, seed: int) -> str:
    """Look for rows whose neighbors agree on another label; hard tasks have no such neighbors."""
    groups = pool.groups("label")
    if not pool.has("embedding") or pool.signal("embedding").ndim != 2 or len(pool) < _LEAST_ROWS:
        return ""
    from cribble.kernels.topk import blocked_top

    rows = sample_rows(len(pool), _AMONG, seed, "findings")
    centered, codes = _centered(taken_rows(pool.signal("embedding"), rows)), groups.codes[rows]
    asked = sample_rows(len(rows), _LOOKED_AT, seed, "labels")
    near = blocked_top(centered[asked], centered, _NEIGHBORS + 1).rows
    # A row is no neighbor of itself; where copies hide it, the last one goes.
    own = near == asked[:, None]
    own[~own.any(axis=1), -1] = True
    votes = codes[near[~own].reshape(len(asked), _NEIGHBORS)]
    counts = np.zeros((len(asked), len(groups.names)), dtype=np.int64)
    np.add.at(counts, (np.arange(len(asked))[:, None], votes), 1)
    top = counts.argmax(axis=1)
    # Where one label is nearly everywhere, neighbors that agree on it say nothing.
    common = np.bincount(codes, minlength=len(groups.names)) > len(codes) / 2
    against = (counts.max(axis=1) >= _AGREE) & (top != codes[asked]) & ~common[top]
    share = float(against.mean())
    if share < _MANY_WRONG:
        return ""
    return (
        f"Labels look wrong: for {share:.0%} of the rows, at least {_AGREE} of the {_NEIGHBORS} "
        "nearest rows agree on another label."
    )


def _centered(vectors: NDArray[Any]) -> NDArray[Any]:
    center = vectors.mean(axis=0, dtype=np.float64)
    out = scratch(vectors.shape, working(vectors[:0]).dtype, TAKEN_BYTES)
    for part in blocks_of(vectors):
        out[part] = vectors[part] - center
    return out


def _vectors(vectors: NDArray[Any], size: int, seed: int) -> list[str]:
    empty = ~vectors.any(axis=1)
    lines = []
    if empty.mean() >= _EMPTY:
        lines.append(
            f"{empty.mean():.0%} of the rows have an embedding of zeros: "
            "the embedder found nothing in them."
        )
    full = taken_rows(vectors, np.nonzero(~empty)[0]) if empty.any() else vectors
    copies = near_duplicate_share(full, sample=_LOOKED_AT, seed=seed)
    if copies >= _MANY_COPIES:
        among = "" if len(vectors) == size else f" (judged among {len(vectors):,} of them)"
        lines.append(
            f"The pool repeats itself: {copies:.0%} of its rows have a near-duplicate, a row at "
            f"cosine 0.95 or more{among}."
        )
    return lines
