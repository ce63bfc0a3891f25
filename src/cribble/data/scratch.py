"""Hidden folders for outputs in the making, and the removal of those that killed runs left."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cribble.data.locks import take_lock


@contextmanager
def scratch_folder(beside: Path) -> Iterator[Path]:
    """Make a hidden folder, and remove it with all it holds at the end of the block.

    Its process holds a lock on it. One without a holder was left by a process that was killed, and
    is removed by the next that needs one in the same place on the same machine. Where folders
    cannot be locked, such as on Windows, nothing is removed.

    Args:
        beside: The folder in which to make it; what it holds can be renamed to there.

    Raises:
        OSError: It cannot be made.
    """
    _sweep(beside)
    folder, handle = _make(beside)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _make(beside: Path) -> tuple[Path, int | None]:
    while True:
        folder = beside / f".cribble-{_machine()}{secrets.token_hex(8)}.tmp"
        folder.mkdir()
        try:
            handle = os.open(folder, os.O_RDONLY)
        except PermissionError:  # Windows opens no folders
            return folder, None
        except FileNotFoundError:  # another process swept it before it was locked
            continue
        try:
            if take_lock(handle, wait=False) and folder.exists():
                return folder, handle
        except OSError:
            os.close(handle)
            return folder, None
        os.close(handle)


def _sweep(place: Path) -> None:
    left = re.compile(rf"\.cribble-{_machine()}[0-9a-f]{{16}}\.tmp")
    with suppress(OSError), os.scandir(place) as entries:
        for entry in [entry for entry in entries if left.fullmatch(entry.name)]:
            with suppress(OSError):
                _remove_unheld(entry.path)


def _remove_unheld(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        if take_lock(handle, wait=False):
            shutil.rmtree(folder)
    finally:
        os.close(handle)


def _machine() -> str:
    """Tell this machine's folders apart: locks need not reach across a shared file system."""
    return hashlib.blake2b(platform.node().encode(), digest_size=4).hexdigest()
