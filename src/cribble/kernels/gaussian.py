"""Gaussian kernel values by the strip: float32, from differences, in one fixed order.

Rows lie as columns, so that one instruction measures many of them. A value depends on the two rows
and their places alone, not on threads.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from cribble.kernels.distances import BLOCK
from cribble.kernels.threads import in_threads

STRIP = 512
_FAST = {"reassoc", "contract", "nsz"}
_HALF_LOG2_E = np.float32(0.5 / np.log(2.0))
# 2^-t below this power is 0 in every sum.
_MOST = np.float32(126.0)
# Coordinates beyond it, in widths, are as far as far can be; their squares stay finite.
_FAR = 1e15


def as_columns(
    X: NDArray[Any], rows: NDArray[np.int64], center: NDArray[np.float64], width: float
) -> NDArray[np.float32]:
    """Copy rows in the unit of the kernel's width, (d, m) float32.

    Args:
        X: (n, d) finite floats.
        rows: (m,) int64.
        center: (d,) float64, subtracted first, so that float32 keeps what tells rows apart.
        width: Standard deviation of the kernel, above 0.
    """
    out = np.empty((X.shape[1], len(rows)), dtype=np.float32)
    for start in range(0, len(rows), BLOCK):
        part = X[rows[start : start + BLOCK]].astype(np.float64) - center
        out[:, start : start + BLOCK] = np.clip(part / width, -_FAR, _FAR).T
    return out


@njit(cache=True, nogil=True, fastmath=_FAST)
def near_strip(columns, start, stop, point, bits, near):  # type: ignore[no-untyped-def]
    """Evaluate exp(-|x - point|^2 / 2) for the columns from ``start`` to ``stop``.

    Args:
        columns: (d, m) float32.
        start: First column.
        stop: One past the last, at most 512 further.
        point: (d,) float32.
        bits: (512,) int32, written.
        near: (512,) float32, written.
    """
    size = stop - start
    for j in range(size):
        near[j] = 0.0
    for k in range(len(point)):
        line, own = columns[k, start:stop], point[k]
        for j in range(size):
            gap = line[j] - own
            near[j] += gap * gap
    for j in range(size):
        power = min(near[j] * _HALF_LOG2_E, _MOST)
        whole = np.int32(power + np.float32(0.5))
        bits[j] = (np.int32(127) - whole) << np.int32(23)
        # exp(-y) by its series, for |y| of at most log(2) / 2.
        y = (np.float32(whole) - power) * np.float32(0.6931471805599453)
        series = np.float32(1 / 720) + y * np.float32(1 / 5040)
        series = np.float32(1 / 120) + y * series
        series = np.float32(1 / 24) + y * series
        series = np.float32(1 / 6) + y * series
        series = np.float32(0.5) + y * series
        series = np.float32(1.0) + y * series
        near[j] = np.float32(1.0) + y * series
    powers = bits.view(np.float32)
    for j in range(size):
        near[j] *= powers[j]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add_sums(columns, others, start, stop, out):  # type: ignore[no-untyped-def]
    bits, near = np.empty(STRIP, dtype=np.int32), np.empty(STRIP, dtype=np.float32)
    point = np.empty(len(columns), dtype=np.float32)
    for low in range(0, others.shape[1], STRIP):
        high = min(low + STRIP, others.shape[1])
        for i in range(start, stop):
            for k in range(len(point)):
                point[k] = columns[k, i]
            near_strip(others, low, high, point, bits, near)
            total = np.float32(0.0)
            for j in range(high - low):
                total += near[j]
            out[i] += total


def kernel_sums(columns: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum exp(-|x - y|^2 / 2) over the columns y of ``others``, for every column x.

    O(m q d) for q others; no memory beside the result.

    Args:
        columns: (d, m) float32.
        others: (d, q) float32.

    Returns:
        (m,) float64, right to about 1e-7 of q.
    """
    m = columns.shape[1]
    out = np.zeros(m)

    def work(start: int) -> None:
        _add_sums(columns, others, start, min(start + BLOCK, m), out)

    deque(in_threads(work, range(0, m, BLOCK)), maxlen=0)
    return out
