"""What one selection spends: seconds on the wall and on the processors, and memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Spent(NamedTuple):
    """The cost of one call.

    Args:
        seconds: On the wall.
        cpu_seconds: On all processors together.
        memory: Bytes by which the process grew at its peak over what it held before, mapped
            files included; what an earlier call left to be used again does not count. None where
            the system does not tell: it has to be Linux.
    """

    seconds: float
    cpu_seconds: float
    memory: int | None


def spending(work: Callable[[], T]) -> tuple[T, Spent]:
    """Do some work and measure what it spent."""
    before = _held("VmRSS:") if _reset_peak() else None
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    peak = _held("VmHWM:") if before is not None else None
    memory = None if before is None or peak is None else max(0, peak - before)
    return result, Spent(seconds, cpu_seconds, memory)


def _reset_peak() -> bool:
    """Let the kernel count the peak of this process anew."""
    try:
        _RESET.write_text("5")
    except OSError:
        return False
    return True


def _held(name: str) -> int | None:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    found = next((line.split() for line in lines if line.startswith(name)), None)
    return None if found is None else int(found[1]) * 1024
