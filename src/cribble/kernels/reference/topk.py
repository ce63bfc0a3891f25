"""Plain twin of `cribble.kernels.topk`: every cosine in float64, then a full sort."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def top_k(scores: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Sort all scores, largest first, ties by the lowest row, and keep k."""
    return np.lexsort((np.arange(len(scores)), -np.asarray(scores, dtype=np.float64)))[:k]


def dots(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
    """Multiply every left row by every right row, added up in the kernel's order, (q, n)."""
    products = left[:, None, :].astype(np.float64) * right[None, :, :].astype(np.float64)
    whole = products.shape[2] // 4 * 4
    lanes = products[:, :, :whole].reshape(*products.shape[:2], -1, 4)
    # A cumulative sum adds one by one, where a sum would add in pairs.
    sums = np.zeros((*products.shape[:2], 4))
    if whole:
        sums = np.cumsum(lanes, axis=2)[:, :, -1]
    for i in range(whole, products.shape[2]):
        sums[:, :, 0] += products[:, :, i]
    total: NDArray[np.float64] = (sums[..., 0] + sums[..., 1]) + (sums[..., 2] + sums[..., 3])
    return total


def cosines(queries: NDArray[Any], pool: NDArray[Any]) -> NDArray[np.float64]:
    """Score every row for every query, (q, n); a zero vector has cosine 0 to everything."""
    lengths = [
        np.sqrt(np.array([dots(row[None], row[None])[0, 0] for row in side]))
        for side in (queries, pool)
    ]
    scale = lengths[0][:, None] * lengths[1][None, :]
    return np.where(scale > 0, dots(queries, pool) / np.where(scale > 0, scale, 1.0), 0.0)


def blocked_top(
    queries: NDArray[Any],
    pool: NDArray[Any],
    count: int,
    *,
    starts: NDArray[np.int64] | None = None,
    blocked: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Sort all rows for each group of queries; scores, rows and owners, (t, count) each."""
    table = cosines(queries, pool)
    if starts is None:
        starts = np.arange(len(queries) + 1)
    groups = len(starts) - 1
    scores = np.full((groups, count), -np.inf)
    rows = np.full((groups, count), -1, dtype=np.int64)
    owners = np.full((groups, count), -1, dtype=np.int64)
    open_rows = np.arange(len(pool)) if blocked is None else np.nonzero(~blocked)[0]
    for group in range(groups):
        part = table[starts[group] : starts[group + 1]]
        best = part.max(axis=0)[open_rows]
        order = np.lexsort((open_rows, -best))[:count]
        scores[group, : len(order)] = best[order]
        rows[group, : len(order)] = open_rows[order]
        owners[group, : len(order)] = starts[group] + part.argmax(axis=0)[open_rows[order]]
    return scores, rows, owners
