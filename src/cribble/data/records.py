"""A list of dictionaries as a pool."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cribble.core.errors import DataError
from cribble.data.blocks import BLOCK_ROWS, Indices
from cribble.data.files import FileRows


class RecordReader:
    """Rows that are dictionaries in memory.

    Args:
        records: The rows.

    Raises:
        DataError: One of them is no dictionary.
    """

    format = "records"
    quarantined = 0

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        for row, record in enumerate(records):
            if not isinstance(record, Mapping) or not all(isinstance(key, str) for key in record):
                raise DataError(
                    "the list",
                    f"row {row} is no dictionary with text keys",
                    "mend the row, or hand over an array",
                )
        self._records = records
        self.columns = tuple(dict.fromkeys(key for record in records for key in record))

    @property
    def byte_size(self) -> int:
        """Size of the rows as JSON."""
        return sum(len(json.dumps(record, default=repr)) for record in self._records)

    def __len__(self) -> int:
        return len(self._records)

    def pick(
        self, indices: Indices | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Stream some rows in the order given, or all rows, in blocks of 2,048."""
        rows = range(len(self)) if indices is None else indices.tolist()
        for start in range(0, len(rows), BLOCK_ROWS):
            yield [dict(self._records[row]) for row in rows[start : start + BLOCK_ROWS]]

    def locate(self, row: int) -> str:
        """Name a row by its number, from 0."""
        return f"{self.format}:{row}"

    def fingerprint(self) -> str:
        """Hash the rows as JSON."""
        found = hashlib.blake2b(self.format.encode(), digest_size=32)
        for record in self._records:
            found.update(json.dumps(record, default=repr).encode() + b"\n")
        return found.hexdigest()

    def files_read(self) -> tuple[FileRows, ...]:
        """None: the rows are the caller's."""
        return ()

    def check_unchanged(self) -> None:
        """Nothing to check: the rows are the caller's."""
