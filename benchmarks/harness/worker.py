"""The child: one contender, once. Run as a module with the path of a job file."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from harness.case import Case, Order, load_case


def load_inputs(listed: dict[str, str], mapped: bool) -> dict[str, Any]:
    """Read arrays from ``.npy`` files; every other entry is a path and stays one."""
    mode = "r" if mapped else None
    return {
        name: np.load(path, mmap_mode=mode) if path.endswith(".npy") else path
        for name, path in listed.items()
    }


def own_seconds() -> float:
    """User and system seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def child_seconds() -> float:
    """User and system seconds of its children, ended or alive."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = used.ru_utime + used.ru_stime
    for child in psutil.Process().children(recursive=True):
        times = child.cpu_times()
        total += times.user + times.system
    return total


def forget_peak() -> None:
    """Start the kernel's record of the largest resident size anew, where it has one."""
    marker = Path("/proc/self/clear_refs")
    if marker.exists():
        marker.write_text("5")


def peak_resident() -> int:
    """Largest resident bytes since `forget_peak`."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def first_call(case: Case, contender: str) -> None:
    """Import and compile on a tiny input, so that neither is measured."""
    with tempfile.TemporaryDirectory() as folder:
        order = Order(seed=1, size=case.tiny, folder=Path(folder))
        case.contenders[contender](case.make_input(order), case.tiny)


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Run the contender and say what it cost; the picks go to a file."""
    case = load_case(job["case"])
    first_call(case, job["contender"])
    inputs = load_inputs(job["inputs"], case.mapped)
    process = psutil.Process()
    Path(job["started"]).touch()
    forget_peak()
    before = process.memory_info().rss
    # To look for children takes milliseconds of its own, which are not the contender's.
    below = child_seconds()
    cpu, clock = own_seconds(), time.perf_counter()
    picks = case.contenders[job["contender"]](inputs, job["size"])
    clock, cpu = time.perf_counter() - clock, own_seconds() - cpu
    cpu += child_seconds() - below
    peak = peak_resident()
    np.save(job["picks"], np.asarray(picks))
    return {"seconds": clock, "cpu_seconds": cpu, "peak_bytes": peak, "before_bytes": before}


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text())
    try:
        outcome = measure(job)
    except Exception as error:  # a contender may fail in any way; how is part of the result
        first = (str(error).splitlines() or [""])[0]
        outcome = {"error": f"{type(error).__name__}: {first[:200]}"}
    Path(job["outcome"]).write_text(json.dumps(outcome))


if __name__ == "__main__":
    main()
