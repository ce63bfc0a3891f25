"""Arrays too large for the memory limit live in a temporary file, mapped like any other array."""

from __future__ import annotations

import math
import mmap
import os
import tempfile
import threading
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cribble.core.errors import OutputError

_BLOCK_BYTES = 8 << 20
_SHELF_BYTES = 128 << 20
_ALIGNED = 64
# Of rows that are copied where nobody says what they may take.
TAKEN_BYTES = 16 << 20


def scratch(shape: tuple[int, ...], dtype: DTypeLike, memory: float) -> NDArray[Any]:
    """Make an array whose content is undefined, in memory or beyond it.

    Beyond the limit the array is the map of a file without a name, which vanishes with the array
    or the process. It lies in TMPDIR, or in /var/tmp where that is not set: /tmp is often itself
    held in memory. The values computed from it are the same, bit for bit.

    Args:
        shape: Of the array.
        dtype: Of the array.
        memory: Bytes that it may take in memory.

    Raises:
        OutputError: The disk cannot hold it.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size <= memory:
        return np.empty(shape, dtype=dtype)
    folder = _folder()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            _allocate(file, size)
            mapped = mmap.mmap(file.fileno(), size)
    except OSError as error:
        raise OutputError(
            folder,
            f"{size / 1e9:.1f} GB of working space cannot be had ({error.strerror})",
            "free some, name another folder with TMPDIR, or allow more memory",
        ) from error
    return np.frombuffer(mapped, dtype=dtype).reshape(shape)


class Shelf:
    """Keeps copies of many small arrays: in memory up to a limit, beyond it in mapped files.

    Threads may keep arrays at once.

    Args:
        memory: Bytes that the copies may take in memory.
    """

    def __init__(self, memory: float) -> None:
        self._left = memory
        self._room = np.empty(0, dtype=np.uint8)
        self._lock = threading.Lock()

    def keep(self, array: NDArray[Any]) -> NDArray[Any]:
        """Copy an array.

        Raises:
            OutputError: The disk cannot hold it.
        """
        place = self._place(array.nbytes)
        copy = np.empty_like(array) if place is None else place.view(array.dtype)
        copy[...] = array
        return copy

    def _place(self, size: int) -> NDArray[np.uint8] | None:
        """Bytes of a mapped file; None where memory has room."""
        with self._lock:
            if size <= self._left:
                self._left -= size
                return None
            if size > len(self._room):
                self._room = scratch((max(size, _SHELF_BYTES),), np.uint8, 0)
            place = self._room[:size]
            # The next one starts where any number may.
            self._room = self._room[-(-size // _ALIGNED) * _ALIGNED :]
            return place


def working_rows(
    array: NDArray[Any], memory: float = math.inf, *, half: bool = False
) -> NDArray[Any]:
    """Return the rows as compiled loops read them: float32 or float64, C-contiguous.

    float16 and integers become float32; float32 and float64 arrays are handed on as they are,
    memory maps too.

    Args:
        array: (n, d) numbers.
        memory: Bytes that a copy may take; a larger one is made by `scratch`.
        half: Leave float16 as it is, for loops that read it row by row (`kernels.widening`).
    """
    kept = (np.float16, np.float32, np.float64) if half else (np.float32, np.float64)
    dtype = array.dtype if array.dtype in kept else np.dtype(np.float32)
    if array.dtype == dtype and (array.nbytes <= memory or array.flags.c_contiguous):
        return np.ascontiguousarray(array)
    from cribble.kernels.widening import wide_rows  # loads numba

    copy = scratch(array.shape, dtype, memory)
    for rows in blocks_of(array):
        copy[rows] = wide_rows(array[rows])
    return copy


def taken_rows(array: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """Copy some rows, as ``array[rows]`` does; more than 16 MB of them are mapped.

    Args:
        array: (n, d), often a memory map.
        rows: (m,) int64 rows.
    """
    copy = scratch((len(rows), *array.shape[1:]), array.dtype, TAKEN_BYTES)
    for part in blocks_of(copy):
        copy[part] = array[rows[part]]
    return copy


def blocks_of(array: NDArray[Any]) -> list[slice]:
    """Cut the rows of an array into blocks of about 8 MiB."""
    step = max(1, _BLOCK_BYTES * len(array) // max(1, array.nbytes))
    return [slice(low, low + step) for low in range(0, len(array), step)]


def _folder() -> str:
    if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK):
        return "/var/tmp"
    return tempfile.gettempdir()


def _allocate(file: BinaryIO, size: int) -> None:
    """Claim the space now: a full disk must be an error here, not a crash on a later write."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
        return
    zeros = bytes(_BLOCK_BYTES)
    for low in range(0, size, _BLOCK_BYTES):
        file.write(zeros[: size - low])
    file.flush()
