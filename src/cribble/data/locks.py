"""Locks that the operating system drops when their holder ends, in whatever way."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import msvcrt
    import os
    import time

    def take_lock(handle: int, *, wait: bool) -> bool:
        """Lock an open file until it is closed; see below."""
        while True:
            try:
                os.lseek(handle, 0, os.SEEK_SET)
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not wait:
                    return False
                time.sleep(0.1)

else:
    import fcntl

    def take_lock(handle: int, *, wait: bool) -> bool:
        """Lock an open file or folder until it is closed.

        Args:
            handle: Descriptor of the file, or, except on Windows, of the folder.
            wait: Whether to wait for another holder to end.

        Returns:
            Whether it is locked now.

        Raises:
            OSError: The file system knows no locks.
        """
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
