"""What a run stands on: versions, the machine, and its clocks."""

from __future__ import annotations

import os
import platform
import sys
import time
from importlib import metadata

_LIBRARIES = ("numpy", "scipy", "numba", "pyarrow", "scikit-learn")


def versions() -> dict[str, str]:
    """Versions of cribble, Python and the libraries that decide numbers."""
    import cribble

    found = {"cribble": cribble.__version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "unknown"
    return found


def machine() -> dict[str, str | int | None]:
    """The system and its number of processors."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }


def peak_rss_bytes() -> int | None:
    """The most memory this process has held so far; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Clock:
    """Seconds on the wall and on the processors since it was made."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    @property
    def seconds(self) -> float:
        """Seconds on the wall."""
        return round(time.perf_counter() - self._wall, 4)

    @property
    def cpu_seconds(self) -> float:
        """Seconds on all processors together."""
        return round(time.process_time() - self._cpu, 4)
