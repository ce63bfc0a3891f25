"""Bare matrices: a NumPy array, a memory map or an .npy file as a pool of vectors."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cribble.core.errors import DataError, UnknownNameError
from cribble.data.blocks import BLOCK_ROWS, Indices
from cribble.data.columns import Name
from cribble.data.files import FileRows, SourceFile, as_bytes
from cribble.data.vectors import Matrix, check_finite
from cribble.kernels.scratch import scratch

COLUMN = "embedding"


class ArrayReader:
    """Rows that are vectors and nothing else; their one column is called "embedding".

    Args:
        array: (n, d) numbers; often a memory map.
        file: Where it lies, if in a file.

    Raises:
        DataError: It has not two dimensions, or holds no numbers.
    """

    quarantined = 0
    columns: tuple[str, ...] = (COLUMN,)

    def __init__(self, array: NDArray[Any], file: SourceFile | None = None) -> None:
        if array.ndim != 2 or array.dtype.kind not in "fiu":
            raise DataError(
                file.path if file else "the array",
                f"its shape is {array.shape} and its dtype {array.dtype}",
                "hand over one vector of numbers a row",
            )
        self.format = "npy" if file else "array"
        self.array = array
        self.byte_size = array.nbytes
        self._file = file

    def __len__(self) -> int:
        return len(self.array)

    def pick(
        self, indices: Indices | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Stream some rows in the order given, or all rows, in blocks of 2,048."""
        self.check_unchanged()
        for start in range(0, len(self) if indices is None else len(indices), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            rows = self.array[part if indices is None else indices[part]]
            yield [{COLUMN: row} for row in rows.tolist()]

    def matrix(
        self, column: str, kept: Indices | None, name: Name, memory: float = math.inf
    ) -> Matrix:
        """The vectors, (n, d): the array itself where it is float32 or float16.

        Raises:
            UnknownNameError: ``column`` is not "embedding".
            SignalError: A row is not finite everywhere.
        """
        if column != COLUMN:
            raise UnknownNameError("column", column, self.columns)
        array = self.array
        if kept is not None or array.dtype not in (np.float32, np.float16):
            array = self._copy(np.arange(len(self)) if kept is None else kept, memory)
        for start in range(0, len(array), BLOCK_ROWS):
            check_finite(array[start : start + BLOCK_ROWS], column, start, name)
        return array

    def _copy(self, rows: Indices, memory: float) -> Matrix:
        dtype = np.float16 if self.array.dtype == np.float16 else np.float32
        found: Matrix = scratch((len(rows), self.array.shape[1]), dtype, memory)
        for start in range(0, len(rows), BLOCK_ROWS):
            part = slice(start, start + BLOCK_ROWS)
            found[part] = self.array[rows[part]]
        return found

    def locate(self, row: int) -> str:
        """Name a row by file and row, from 0."""
        return f"{self._file.label if self._file else self.format}:{row}"

    def fingerprint(self) -> str:
        """Hash dtype, shape and content."""
        if self._file is None:
            return self._digest().hex()
        kept = self._file.recalled("array", lambda: {"digest": as_bytes(self._digest())})
        return kept["digest"].tobytes().hex()

    def _digest(self) -> bytes:
        array = self.array
        found = hashlib.blake2b(f"{array.dtype.str}{array.shape}".encode(), digest_size=32)
        for start in range(0, len(array), BLOCK_ROWS):
            found.update(array[start : start + BLOCK_ROWS].tobytes())
        self.check_unchanged()
        return found.digest()

    def files_read(self) -> tuple[FileRows, ...]:
        """The file, if any, and its rows."""
        if self._file is None:
            return ()
        return (FileRows(self._file.path, len(self), self.fingerprint()),)

    def check_unchanged(self) -> None:
        """Make sure that the file, if any, is still the one that was opened."""
        if self._file is not None:
            self._file.check_unchanged()

    def save(self, path: Path, indices: Indices) -> None:
        """Write some rows as .npy, with the dtype they have."""
        shape = (len(indices), self.array.shape[1])
        header = {"descr": self.array.dtype.str, "fortran_order": False, "shape": shape}
        with open(path, "wb") as out:
            np.lib.format.write_array_header_1_0(out, header)
            for start in range(0, len(indices), BLOCK_ROWS):
                out.write(self.array[indices[start : start + BLOCK_ROWS]].tobytes())


def open_npy(files: Sequence[SourceFile]) -> ArrayReader:
    """Open one .npy file as a memory map.

    Raises:
        DataError: It cannot be read, is remote, or there are several.
    """
    file = files[0]
    if len(files) > 1 or not file.local:
        raise DataError(file.path, "an .npy pool is one local file", "join or fetch the files")
    try:
        return ArrayReader(np.load(file.path, mmap_mode="r"), file)
    except ValueError as error:
        raise DataError(file.path, f"it cannot be read ({error})", "write it again") from error
