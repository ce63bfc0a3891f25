"""Buckets of rows that lie close together: the loosest is split in two, again and again."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rows that are widened at once.
_BLOCK = 2_048


def split_buckets(X: NDArray[Any], rows: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Part rows into buckets of small summed distance to their middle rows.

    The bucket of largest summed distance is split at its mean along its widest axis; where all
    rows of every bucket are equal, the largest is split in halves. O(n d) a level of splits; holds
    30 bytes a row, and a block of 2,048 rows.

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
        low = _low_half(X, bucket)
        for half in (bucket[low], bucket[~low]):
            heapq.heappush(heap, _entry(X, half))
    return sorted((entry[-1] for entry in heap), key=lambda bucket: (-len(bucket), bucket[0]))


def _low_half(X: NDArray[Any], bucket: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows lie below the mean along the widest axis; half of them where none stands out."""
    mean = _mean(X, bucket)
    axis = int(sum(np.abs(part - mean).sum(axis=0) for part in _parts(X, bucket)).argmax())
    low: NDArray[np.bool_] = X[bucket, axis].astype(np.float64) - mean[axis] < 0
    if low.all() or not low.any():
        low = np.arange(len(bucket)) < len(bucket) // 2
    return low


def _entry(X: NDArray[Any], bucket: NDArray[np.int64]) -> tuple[float, int, int, NDArray[np.int64]]:
    """Sort key: summed distance to the middle row, then size, then lowest row."""
    middle = int(_squares(X, bucket, _mean(X, bucket)).argmin())
    own = X[bucket[middle]].astype(np.float64)
    error = float(np.sqrt(_squares(X, bucket, own)).sum())
    ordered = np.concatenate([bucket[middle : middle + 1], np.delete(bucket, middle)])
    return -error, -len(bucket), int(bucket[0]), ordered


def _parts(X: NDArray[Any], bucket: NDArray[np.int64]) -> Iterator[NDArray[np.float64]]:
    for start in range(0, len(bucket), _BLOCK):
        yield X[bucket[start : start + _BLOCK]].astype(np.float64)


def _mean(X: NDArray[Any], bucket: NDArray[np.int64]) -> NDArray[np.float64]:
    total: NDArray[np.float64] = sum(part.sum(axis=0) for part in _parts(X, bucket))
    return total / len(bucket)


def _squares(
    X: NDArray[Any], bucket: NDArray[np.int64], point: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared distance of each row to a point, (m,)."""
    return np.concatenate([((part - point) ** 2).sum(axis=1) for part in _parts(X, bucket)])
