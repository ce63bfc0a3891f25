"""Kill a job at its n-th moment, as ``kill -9`` would, in a fork of a process that is warm.

A moment is a point where the outside world is about to be read or changed: a file is opened,
renamed, removed, locked or flushed, a folder is made, half of a block is written, a row is picked.
They are counted in the child alone, so that one number names one moment of one job.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from cribble.data import store
from cribble.objectives.facility_location import ListedFacilityLocation

LIMIT = 60
_EVENTS = {
    "open",
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "shutil.rmtree",
}


class Moments:
    """Counts the moments of this process, and ends it at one of them.

    Args:
        root: Only files below it count: Python opens others whenever it imports something.
        last: The moment at which to die; None for never.
    """

    def __init__(self, root: Path, last: int | None) -> None:
        self.count = 0
        self._root = str(root)
        self._last = last

    def watch(self) -> None:
        """Start to count; this cannot be undone, so it belongs into a child."""
        sys.addaudithook(self._heard)
        fsync, write, add = os.fsync, store._write, ListedFacilityLocation.add

        def flushed(handle: int) -> None:
            self.pass_by()
            fsync(handle)

        def written(path: Path, offset: int, content: bytes) -> None:
            if self.count + 1 == self._last:
                with open(path, "r+b", buffering=0) as file:
                    file.seek(offset)
                    file.write(content[: len(content) // 2])
            self.pass_by()
            write(path, offset, content)

        def added(objective: ListedFacilityLocation, row: int) -> float:
            self.pass_by()
            return add(objective, row)

        os.fsync, store._write, ListedFacilityLocation.add = flushed, written, added

    def pass_by(self) -> None:
        """Let one moment pass, or die in it."""
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "fcntl.flock" or (event in _EVENTS and self._is_ours(arguments[0])):
            self.pass_by()

    def _is_ours(self, place: object) -> bool:
        named = isinstance(place, (str, bytes, os.PathLike))
        return not named or os.path.abspath(os.fsdecode(place)).startswith(self._root)


def start(job: Callable[[], object], root: Path, last: int | None = None) -> int:
    """Start a job in a fork, to be killed at its moment ``last``; returns the child's id."""
    with warnings.catch_warnings():
        # Newer Pythons warn of a fork while libraries hold threads; theirs are made for it.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.alarm(LIMIT)
        moments = Moments(root, last)
        moments.watch()
        job()
        (root / "moments").write_text(str(moments.count))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def end(child: int) -> int:
    """Wait for a child: 0 or 1 if it ended by itself, else minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def moments_of(job: Callable[[], object], root: Path) -> int:
    """Run a job to its end in a fork and count its moments."""
    assert end(start(job, root)) == 0
    return int((root / "moments").read_text())


def random_moment(job: Callable[[], object], root: Path, seconds: float) -> int:
    """Run a job that the system ends after some seconds on the processor, wherever it is then."""

    def timed() -> None:
        # The default action of this signal ends the process, and Python does not get to know.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        job()
        signal.setitimer(signal.ITIMER_PROF, 0)

    return end(start(timed, root))
