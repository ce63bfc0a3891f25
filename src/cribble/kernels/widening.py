"""Half precision to single: what compiled loops and BLAS read.

Compiled loops know no half precision. They take such rows as their bits (`bits_of`), and read one
of them at a time (`read_row`), so that the rows of a file are never copied as a whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload
from numpy.typing import NDArray


def to_single(rows: NDArray[Any], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Convert rows to float32, C-contiguous; they are not copied where they are that already.

    Args:
        rows: (m, d) finite numbers.
        out: (m, d) float32, C-contiguous, that takes them; None for an array of its own.
    """
    if rows.dtype != np.float16:
        if out is None:
            return np.ascontiguousarray(rows, dtype=np.float32)
        out[...] = rows
        return out
    if out is None:
        out = np.empty(rows.shape, dtype=np.float32)
    _widen(np.ascontiguousarray(rows).view(np.uint16), out)
    return out


def wide_rows(rows: NDArray[Any]) -> NDArray[Any]:
    """Convert float16 to float32 and leave other rows as they are."""
    return to_single(rows) if rows.dtype == np.float16 else rows


def bits_of(rows: NDArray[Any]) -> NDArray[Any]:
    """Show float16 rows as uint16, for `read_row`; others as they are. Nothing is copied."""
    return rows.view(np.uint16) if rows.dtype == np.float16 else rows


def read_row(X: Any, i: int, room: Any) -> Any:
    """Read row i in compiled code: of bits it is widened into ``room``, (d,) float32."""
    raise TypeError("read_row is for compiled code; outside it, take wide_rows(X[i])")


@overload(read_row)
def _read_row(X, i, room):  # type: ignore[no-untyped-def]
    if X.dtype != types.uint16:
        return lambda X, i, room: X[i]

    def widened(X, i, room):  # type: ignore[no-untyped-def]
        # NumPy's own conversion takes nearly twice as long. The exponent is moved as bits, and its
        # bias mended by an exact product.
        wide = room.view(np.uint32)
        shift = np.float32(2.0**112)
        for j in range(X.shape[1]):
            half = np.uint32(X[i, j])
            wide[j] = ((half & np.uint32(0x7FFF)) << np.uint32(13)) | (
                (half & np.uint32(0x8000)) << np.uint32(16)
            )
        for j in range(X.shape[1]):
            room[j] *= shift
        return room

    return widened


@njit(cache=True, nogil=True)
def _widen(bits: NDArray[Any], out: NDArray[Any]) -> None:
    for i in range(len(bits)):
        read_row(bits, i, out[i])
