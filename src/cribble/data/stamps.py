"""Whether a file is still the one that was read, told without reading it again.

A stamp is where a file lies, its size, and when it changed. Nobody sets the time of change of an
inode: it moves with every edit, also where the time of modification is put back afterwards. So an
equal stamp means equal content, if only three holes are closed:

- An edit in the same tick of the clock as the reading leaves the stamp as it was. Therefore no
  stamp counts that is younger than two seconds, the coarsest tick of the file systems below.
- What a process writes to a page that it has mapped moves the times once, and not again until the
  page is on the disk. Therefore `settle` puts the file there before it is read.
- The clock of a server is not that of this machine, some file systems keep no time of change (on
  Windows it is that of creation), and in memory mapped pages never move it. Therefore stamps are
  trusted on some file systems of local disks alone, which Linux names; elsewhere files are read.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import cache
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, ...]

_TRUSTED = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs"})
_TICK = 2_000_000_000  # nanoseconds
_MOUNTS = "/proc/self/mountinfo"


def stamp_of(path: str) -> Stamp | None:
    """The stamp of a file on this machine; None where an equal one would not mean equal content."""
    try:
        # Opened, for a name may be known from before.
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
    except OSError:
        return None
    times = found.st_mtime_ns, found.st_ctime_ns
    if time.time_ns() - max(times) <= _TICK or not _is_trusted(found.st_dev):
        return None
    return found.st_dev, found.st_ino, found.st_size, *times


def settle(path: str) -> bool:
    """Put a file on the disk, so that whoever has mapped it cannot write to it unseen.

    Returns:
        Whether that could be done.
    """
    try:
        with open(path, "rb") as file:
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


@cache
def _is_trusted(device: int) -> bool:
    with suppress(OSError, ValueError), open(_MOUNTS, encoding="utf-8") as mounts:
        for line in mounts:
            before, _, after = line.partition(" - ")
            major, minor = before.split()[2].split(":")
            if os.makedev(int(major), int(minor)) == device:
                return after.split()[0] in _TRUSTED
    return False
