"""Arrays of a mapped file, told by where they lie, so that other processes map them too."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAPS = "/proc/self/maps"


class ElsewhereError(Exception):
    """The file is not where it was said to be, or not the same."""


@dataclass(frozen=True, slots=True)
class MappedArray:
    """A part of a file, or some rows of one.

    Args:
        path: The file, absolute.
        stamp: Its inode, size and time of change: another machine has the same file where the file
            system is shared, and another file of the same name differs in one of them.
        offset: Where in it the array begins.
        shape: Of the array, C-contiguous.
        dtype: Of the array.
        rows: (m,) int64, those that are copied out of the map; None for the map itself.
    """

    path: str
    stamp: tuple[int, int, int]
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: NDArray[np.int64] | None = None

    def open(self) -> NDArray[Any]:
        """Map it, read-only, or copy its rows.

        Raises:
            ElsewhereError: This machine does not have the file.
        """
        try:
            with open(self.path, "rb") as file:
                if _stamp(os.fstat(file.fileno())) != self.stamp:
                    raise ElsewhereError(self.path)
                mapped = np.memmap(file, self.dtype, "r", self.offset, self.shape)
        except OSError:
            raise ElsewhereError(self.path) from None
        array = np.asarray(mapped)
        return array if self.rows is None else array[self.rows]


def mapped_array(array: NDArray[Any]) -> MappedArray | None:
    """Find the file in which an array lies; None for one that lies in memory.

    Args:
        array: Perhaps a `numpy.memmap`, or a part of one.
    """
    whole: Any = array
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if not isinstance(whole, np.memmap) or not array.size or not array.flags.c_contiguous:
        return None
    if whole.filename is None:
        return None
    path = os.path.abspath(whole.filename)
    try:
        found = os.stat(path)
        if not _is_mapped(array.ctypes.data, found):
            return None
    except OSError:
        return None
    offset = whole.offset + array.ctypes.data - whole.ctypes.data
    return MappedArray(path, _stamp(found), offset, array.shape, array.dtype)


def _stamp(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _is_mapped(address: int, found: os.stat_result) -> bool:
    """Whether memory is a map of this very file, and not of one that its name meant before."""
    with open(_MAPS) as maps:
        for line in maps:
            span, _, _, device, inode, *_ = line.split()
            low, high = (int(end, 16) for end in span.split("-"))
            if low <= address < high:
                major, minor = (int(part, 16) for part in device.split(":"))
                return (os.makedev(major, minor), int(inode)) == (found.st_dev, found.st_ino)
    return False
