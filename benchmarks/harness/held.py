"""Memory that a process holds beside mapped files, sampled while it runs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Watched:
    """How a process ended, what it wrote, and the most memory it held."""

    code: int
    out: str
    err: str
    peak: int


def held_bytes(process: int) -> int:
    """Memory of a process now that is no file's; 0 where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = [line for line in status.splitlines() if line.startswith(("RssAnon", "RssShmem"))]
    return sum(int(line.split()[1]) << 10 for line in found)


def watched(arguments: Sequence[str], environment: Mapping[str, str]) -> Watched:
    """Run Python with some arguments to its end."""
    running = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(environment),
    )
    peak = 0
    while running.poll() is None:
        peak = max(peak, held_bytes(running.pid))
        time.sleep(_POLL_SECONDS)
    out, error = running.communicate()
    return Watched(running.returncode, out, error, peak)
