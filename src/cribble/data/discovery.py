"""What a path stands for: a file, the matches of a glob, the data files of a folder."""

from __future__ import annotations

import glob
import os
from pathlib import Path, PurePath

from cribble.core.errors import DataError
from cribble.data.files import file_system, is_url, reading
from cribble.data.formats import Ending

_MAGIC = "*?["


def find_files(path: str) -> list[str]:
    """List the files that a path stands for.

    Args:
        path: A file, a folder or a glob; local or an fsspec URL.

    Returns:
        Paths in sorted order.

    Raises:
        DataError: Nothing is there.
    """
    if is_url(path):
        return _find_remote(path)
    local = os.path.expanduser(path)
    if os.path.isdir(local):
        inside = [str(one) for one in Path(local).rglob("*") if one.is_file()]
        return _data_files(path, local, inside)
    if os.path.exists(local) or not any(sign in path for sign in _MAGIC):
        return [local]
    found = [one for one in glob.glob(local, recursive=True) if os.path.isfile(one)]
    return _matches(path, found)


def _find_remote(url: str) -> list[str]:
    system, path = file_system(url)
    with reading(url):
        if any(sign in path for sign in _MAGIC):
            return _matches(url, [system.unstrip_protocol(one) for one in system.glob(path)])
        if system.isdir(path):
            inside = [system.unstrip_protocol(one) for one in system.find(path)]
            return _data_files(url, system.unstrip_protocol(path), inside)
    return [url]


def _matches(pattern: str, found: list[str]) -> list[str]:
    if not found:
        raise DataError(pattern, "no file matches", "check the pattern")
    return sorted(found)


def _data_files(path: str, root: str, inside: list[str]) -> list[str]:
    found = []
    for one in sorted(inside):
        parts = PurePath(one[len(root) :]).parts
        if any(part.startswith((".", "_")) for part in parts) or not Ending.of(one).format:
            continue
        if any("=" in part for part in parts[:-1]):
            raise DataError(
                path,
                f"it keeps columns in folder names ({one[len(root) :].lstrip('/')})",
                "the rows would lose them; store them as columns, or name the files by a glob",
            )
        found.append(one)
    if not found:
        raise DataError(path, "the folder holds no data files", "check the path")
    # Plain JSON beside other data describes it (dataset_info.json, config.json).
    return [one for one in found if not one.endswith(".json")] or found
