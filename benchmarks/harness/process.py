"""The parent's side: starts a child, keeps its limits, and reads what it left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from harness.case import Picks

_ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.02
# Settings that pin OpenBLAS to a kernel of another machine would slow every contender.
_UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a child may use; ``threads`` None leaves the libraries' own choice."""

    seconds: float = 600.0
    bytes: int = 16 << 30
    threads: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run of one contender cost, or how it failed (``error``)."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    beyond_bytes: int = 0
    picks: Picks | None = None
    error: str | None = None


def environment(threads: int | None) -> dict[str, str]:
    """The child's environment: this checkout first on the path, no pinned BLAS kernel."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
    paths = [str(_ROOT / "benchmarks"), str(_ROOT / "src"), kept.get("PYTHONPATH", "")]
    kept["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    if threads is not None:
        kept.update(dict.fromkeys(_THREADS, str(threads)))
    return kept


def machine_rates(limits: Limits) -> dict[str, float]:
    """Measure the machine in a fresh process, as the contenders are."""
    done = subprocess.run(
        [sys.executable, "-m", "harness.machine"],
        env=environment(limits.threads),
        stdout=subprocess.PIPE,
        check=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def run_child(
    case: str,
    contender: str,
    size: Any,
    inputs: dict[str, str],
    mapped: bool,
    folder: Path,
    limits: Limits,
) -> Outcome:
    """Run a contender in a fresh process.

    Args:
        case: Name of the case, which the child loads again.
        contender: Name within the case.
        size: The numbers of this run.
        inputs: Files of the input, by name.
        mapped: Whether memory beyond the input is counted in anonymous pages alone.
        folder: An empty folder for the files between parent and child.
        limits: Time and memory of the child.
    """
    job = {name: str(folder / name) for name in ("outcome", "picks.npy", "started", "log")}
    job |= {"case": case, "contender": contender, "picks": job.pop("picks.npy")}
    (folder / "job").write_text(json.dumps(job | {"size": dict(size), "inputs": inputs}))
    with open(job["log"], "wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "harness.worker", str(folder / "job")],
            env=environment(limits.threads),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    watched = _watch(child, Path(job["started"]), limits)
    outcome = Path(job["outcome"])
    if watched.error is not None or not outcome.exists():
        return Outcome(error=watched.error or f"died with exit code {child.returncode}")
    found = json.loads(outcome.read_text())
    if "error" in found:
        return Outcome(error=found["error"])
    beyond = found["peak_bytes"] - found["before_bytes"]
    return Outcome(
        seconds=found["seconds"],
        cpu_seconds=found["cpu_seconds"],
        peak_bytes=found["peak_bytes"] + watched.children,
        beyond_bytes=max(0, watched.anonymous if mapped else beyond) + watched.children,
        picks=np.load(job["picks"]),
    )


@dataclass
class _Watched:
    anonymous: int = 0  # growth of anonymous pages since the contender started
    children: int = 0  # largest resident size of the child's own children
    error: str | None = None


def _anonymous(process: psutil.Process) -> int:
    memory = process.memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))


def _watch(child: subprocess.Popen[bytes], started: Path, limits: Limits) -> _Watched:
    seen, base, deadline = _Watched(), None, time.monotonic() + limits.seconds
    process = psutil.Process(child.pid)
    while child.poll() is None:
        try:
            own = process.memory_info().rss
            below = sum(one.memory_info().rss for one in process.children(recursive=True))
            if started.exists():
                base = _anonymous(process) if base is None else base
                seen.anonymous = max(seen.anonymous, _anonymous(process) - base)
                seen.children = max(seen.children, below)
        except psutil.NoSuchProcess:
            continue
        if own + below > limits.bytes:
            seen.error = f"over {limits.bytes / 2**30:.3g} GiB"
        elif time.monotonic() > deadline:
            seen.error = f"over {limits.seconds:.0f} s"
        if seen.error is not None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        time.sleep(_POLL_SECONDS)
    return seen
