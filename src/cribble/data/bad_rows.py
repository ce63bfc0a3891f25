"""Rows that cannot be read: reported together, or set aside in a file."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from cribble.core.errors import DataError
from cribble.data.atomic import atomic_path

_SHOWN = 5


class BadRows:
    """Collects the bad rows of one pool while its files are scanned.

    On leaving the block, bad rows are written to the quarantine file; without one they are an
    error that shows the first five and counts all.

    Args:
        quarantine: File to set bad rows aside in, exactly as they came; None to stop at them.
            It is not touched where there are none.
    """

    def __init__(self, quarantine: Path | None) -> None:
        self.count = 0
        self._quarantine = quarantine
        self._shown: list[str] = []
        self._path = ""

    def add(self, path: str, line: int, offset: int, reason: str, raw: bytes) -> None:
        """Note a bad row.

        Args:
            path: Its file.
            line: Its line, from 1.
            offset: Byte in the file, after decompression, where reading failed.
            reason: What is wrong with it.
            raw: Its bytes.
        """
        self.count += 1
        self._path = self._path or path
        if len(self._shown) < _SHOWN:
            self._shown.append(f"{path}:{line} (byte {offset:,}): {reason}")
        if self._quarantine is not None:
            self._lines.write(raw if raw.endswith(b"\n") else raw + b"\n")

    def __enter__(self) -> BadRows:
        self._lines = tempfile.SpooledTemporaryFile(max_size=1 << 20)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lines:
            if kind is not None or not self.count:
                return
            if self._quarantine is None:
                rows = (
                    "1 row cannot be read"
                    if self.count == 1
                    else (f"{self.count:,} rows cannot be read")
                )
                raise DataError(
                    self._path,
                    rows,
                    "mend them, or set them aside with --on-error quarantine",
                    rows=self._shown,
                    count=self.count,
                )
            self._lines.seek(0)
            with atomic_path(self._quarantine) as path, open(path, "wb") as out:
                shutil.copyfileobj(self._lines, out)
