"""Buckets of rows that lie close together: the loosest is split in two, again and again."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray


def split_buckets(X: NDArray[Any], rows: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Part rows into buckets of small summed distance to their middle rows.

    The bucket of largest summed distance is split at its mean along its widest axis; where all
    rows of every bucket are equal, the largest is split in halves. O(n d) a level of splits; holds
    one float64 copy of the rows of a bucket.

    Args:
        X: (n, d) finite floats.
        rows: (m,) int64, ascending, at least ``count``.
        count: Number of buckets, 0 or more.

    Returns:
        ``count`` arrays of int64 rows, the middle row of the bucket (that nearest its mean) first,
        the others ascending; the heaviest bucket first.
    """
    heap = [_entry(X, rows)] if count else []
    while len(heap) < count:
        bucket = heapq.heappop(heap)[-1]
        bucket.sort()
        part = X[bucket].astype(np.float64)
        part -= part.mean(axis=0)
        axis = int(np.abs(part).sum(axis=0).argmax())
        low = part[:, axis] < 0
        if low.all() or not low.any():
            low = np.arange(len(bucket)) < len(bucket) // 2
        for half in (bucket[low], bucket[~low]):
            heapq.heappush(heap, _entry(X, half))
    return sorted((entry[-1] for entry in heap), key=lambda bucket: (-len(bucket), bucket[0]))


def _entry(X: NDArray[Any], bucket: NDArray[np.int64]) -> tuple[float, int, int, NDArray[np.int64]]:
    """Sort key: summed distance to the middle row, then size, then lowest row."""
    part = X[bucket].astype(np.float64)
    gaps = ((part - part.mean(axis=0)) ** 2).sum(axis=1)
    middle = int(gaps.argmin())
    error = float(np.sqrt(((part - part[middle]) ** 2).sum(axis=1)).sum())
    ordered = np.concatenate([bucket[middle : middle + 1], np.delete(bucket, middle)])
    return -error, -len(bucket), int(bucket[0]), ordered
