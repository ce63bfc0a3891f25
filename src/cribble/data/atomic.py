"""Outputs that appear whole or not at all: written beside the target, then renamed over it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cribble.core.errors import OutputError
from cribble.data.scratch import scratch_folder

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space or write elsewhere"),
    errno.EDQUOT: ("the disk quota is used up", "free some space or write elsewhere"),
    errno.EACCES: ("permission is denied", "choose a folder you may write to"),
    errno.EPERM: ("permission is denied", "choose a folder you may write to"),
    errno.EROFS: ("the file system is read-only", "choose a folder you may write to"),
    errno.EFBIG: ("the file would be too large", "write to another file system"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
}


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Open a temporary file that takes the place of ``path`` once the block has succeeded.

    The file is flushed to disk before it is renamed. Where the block fails, the temporary file
    is removed and whatever stood at ``path`` is untouched. A symbolic link is written through.

    Args:
        path: The output.

    Yields:
        An empty file of the same name to write to, in a hidden folder beside ``path``.

    Raises:
        OutputError: ``path`` is a folder or a device, its folder is missing or not writable, or
            the disk is full.
    """
    target = _target(path)
    if target.is_dir():
        raise OutputError(str(path), "it is a directory", "name a file")
    if target.exists() and not target.is_file():
        raise OutputError(str(path), "it is not a regular file", "name a file")
    with _failures(path), scratch_folder(target.parent) as scratch:
        temporary = scratch / target.name
        # Made like any new file, so that the user's umask decides who may read it.
        temporary.touch()
        if target.exists():
            shutil.copymode(target, temporary)
        yield temporary
        _flush(temporary)
        os.replace(temporary, target)
        _flush(target.parent)


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Open a temporary folder that takes the place of ``path`` once the block has succeeded.

    Args:
        path: The output folder; it must not exist yet, or be empty.

    Yields:
        An empty folder to fill, in a hidden one beside the target.

    Raises:
        OutputError: ``path`` is a file or a folder with content, or cannot be written.
    """
    target = _target(path)
    if target.exists() and not target.is_dir():
        raise OutputError(str(path), "a file of that name exists", "name another folder")
    with _failures(path):
        if target.is_dir() and any(target.iterdir()):
            raise OutputError(str(path), "the folder is not empty", "empty it or name a new one")
        with scratch_folder(target.parent) as scratch:
            temporary = scratch / target.name
            temporary.mkdir()
            yield temporary
            for found in (*temporary.rglob("*"), temporary):
                _flush(found)
            if target.is_dir():
                target.rmdir()
            os.replace(temporary, target)
            _flush(target.parent)


def _target(path: str | Path) -> Path:
    target = Path(path)
    if target.is_symlink():
        target = target.resolve()
    if not target.parent.is_dir():
        raise OutputError(
            str(path), f"the folder {str(target.parent)!r} does not exist", "make it first"
        )
    return target


@contextmanager
def _failures(path: str | Path) -> Iterator[None]:
    """Word failures of the operating system; readers have worded their own by then."""
    try:
        yield
    except OSError as error:
        found, remedy = _REASONS.get(
            error.errno or 0, (error.strerror or str(error), "choose another path")
        )
        raise OutputError(str(path), found, remedy) from error


def _flush(path: Path) -> None:
    """Bring a file or a folder's list of names to the disk; Windows flushes files alone."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
