"""What the machine can do at this moment; run as a module, it prints one JSON object."""

from __future__ import annotations

import json
import time

import numpy as np


def rates(size: int = 2048, megabytes: int = 256, times: int = 5) -> dict[str, float]:
    """Measure the best of ``times`` single-precision products and copies.

    Returns:
        flop: Operations a second of a (size, size) product, by the clock.
        flop_cpu: The same a CPU second.
        bytes: Bytes read and written a second by a copy.
    """
    rng = np.random.default_rng(0)
    a = rng.standard_normal((size, size), dtype=np.float32)
    source = np.zeros(megabytes << 20, dtype=np.uint8)
    copy = np.ones_like(source)
    a @ a
    clock, cpu, copies = [], [], []
    for _ in range(times):
        start, start_cpu = time.perf_counter(), time.process_time()
        a @ a
        clock.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
        start = time.perf_counter()
        np.copyto(copy, source)
        copies.append(time.perf_counter() - start)
    flop = 2.0 * size**3
    return {
        "flop": flop / min(clock),
        "flop_cpu": flop / min(cpu),
        "bytes": 2 * source.nbytes / min(copies),
    }


if __name__ == "__main__":
    print(json.dumps(rates()))
