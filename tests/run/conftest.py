from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest


class NamedRows:
    """Rows that have ids and nothing else."""

    columns = ("id",)

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = list(ids)

    def __len__(self) -> int:
        return len(self._ids)

    def ids(self, indices: Sequence[int]) -> list[str]:
        return [self._ids[row] for row in indices]

    def find(self, names: Collection[str]) -> dict[str, int]:
        return {name: row for row, name in enumerate(self._ids) if name in names}

    @property
    def numeric_ids(self) -> bool:
        return any(name.isdecimal() for name in self._ids)

    def hashes(self, indices: Sequence[int]) -> list[str]:
        return [f"hash of {self._ids[row]}" for row in indices]

    def take(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        return [{"id": self._ids[row]} for row in indices]


@pytest.fixture
def named_rows():
    return NamedRows
