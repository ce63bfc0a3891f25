"""The unit of reading: a fixed number of rows, as dictionaries or as an Arrow batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cribble.data.files import FileRows

BLOCK_ROWS = 2_048

Indices: TypeAlias = NDArray[np.int64]
Block: TypeAlias = Any  # list[dict[str, Any]] or pyarrow.RecordBatch


class Reader(Protocol):
    """One format's way to the rows of a pool; `cribble.data.rows` builds the rest on it."""

    @property
    def format(self) -> str:
        """What the rows came as."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the top-level columns or keys."""
        ...

    @property
    def byte_size(self) -> int:
        """Size of the input in bytes."""
        ...

    @property
    def quarantined(self) -> int:
        """How many bad rows were set aside."""
        ...

    def __len__(self) -> int:
        """Count the rows."""
        ...

    def pick(
        self, indices: Indices | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[Block]:
        """Stream some rows in the order given, or all rows, in blocks of 2,048.

        Args:
            indices: (m,) int64 rows; None for all.
            columns: The columns needed; a reader may give more. None for all.
        """
        ...

    def locate(self, row: int) -> str:
        """Name a row by where it came from."""
        ...

    def fingerprint(self) -> str:
        """Hash the content, hex."""
        ...

    def files_read(self) -> tuple[FileRows, ...]:
        """The files and their rows, in the pool's order; none for rows in memory."""
        ...

    def check_unchanged(self) -> None:
        """Raise DataError where the input is no longer what was opened."""
        ...


def is_ascending(indices: Indices) -> bool:
    """Tell whether each index is greater than the one before."""
    return bool((indices[1:] > indices[:-1]).all())
