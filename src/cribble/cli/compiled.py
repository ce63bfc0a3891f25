"""A place for compiled code where there is none, as in a container without a home."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def keep_compiled() -> None:
    """Let numba compile into a temporary folder if it can keep its code nowhere.

    By itself numba tries NUMBA_CACHE_DIR, then the package's own folder, then the user's cache
    folder, and fails if none of them can be written.
    """
    if "NUMBA_CACHE_DIR" in os.environ or any(map(_writable, _places())):
        return
    # A folder of this process alone: what another user left in a shared one must not be run.
    folder = tempfile.mkdtemp(prefix="cribble-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder


def _places() -> tuple[Path, ...]:
    home = Path(os.path.expanduser("~"))
    return (
        Path(__file__).parents[1] / "kernels" / "__pycache__",
        Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "numba",
        home / "Library" / "Caches" / "numba",
        Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "numba",
    )


def _writable(place: Path) -> bool:
    """Whether the folder, or the nearest one above it that exists, can be written."""
    found = next(one for one in (place, *place.parents) if one.exists())
    return found.is_dir() and os.access(found, os.W_OK)
