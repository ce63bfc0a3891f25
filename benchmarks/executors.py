"""Ray against this process on one machine: python benchmarks/executors.py.

The same selection in this process, and on simulated clusters of one and of two nodes with one core
each. Prints the median seconds, the CPU seconds of this process with all that it started (which a
busy machine does not blur), and both as a ratio to this process with as many threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from cribble.core import Budget, Executor, Pool
from cribble.executors import Local
from cribble.kernels.threads import limited_threads
from cribble.selectors import catalogue
from harness.inputs import mixture

SOURCE = Path(__file__).parents[1] / "src"


@contextmanager
def cluster(nodes: int) -> Iterator[Executor]:
    """A cluster of simulated nodes, one core each."""
    import ray
    from ray.cluster_utils import Cluster

    from cribble.executors.ray import Ray

    os.environ["PYTHONPATH"] = str(SOURCE)
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    for _ in range(nodes - 1):
        made.add_node(num_cpus=1)
    ray.init(address=made.address, log_to_driver=False, configure_logging=False)
    try:
        yield Ray()
    finally:
        ray.shutdown()
        made.shutdown()


def cpu_seconds() -> float:
    """CPU seconds of this process and all that it started, so far."""
    me = psutil.Process()
    total = 0.0
    for process in (me, *me.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def measure(run: Callable[[], list[int]], repeats: int) -> tuple[float, float, list[int]]:
    """Median seconds and CPU seconds of a run, after one that compiles and connects."""
    picks = run()
    clocks, cpus = [], []
    for _ in range(repeats):
        clock, cpu = time.perf_counter(), cpu_seconds()
        assert run() == picks
        clocks.append(time.perf_counter() - clock)
        cpus.append(cpu_seconds() - cpu)
    return statistics.median(clocks), statistics.median(cpus), picks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    rows = mixture(0, asked.rows + asked.queries, asked.dim, "float16")
    target = Pool.from_array(rows[: asked.queries])
    quality = np.random.default_rng(1).random(asked.rows)
    pool = Pool.from_array(rows[asked.queries :], signals={"quality": quality}, targets=(target,))
    methods = {
        "rds-plus": catalogue.make("rds-plus"),
        "kmq": catalogue.make("kmq", clusters=1_000, sample=asked.rows // 20),
    }
    print(f"{asked.rows:,} x {asked.dim} float16, {asked.queries:,} queries, 1,000 picks")
    print(f"{'method':<10}{'where':<28}{'seconds':>9}{'CPU s':>9}{'clock':>8}{'CPU':>8}")
    base: dict[tuple[str, int], tuple[float, float, list[int]]] = {}

    def tell(name: str, where: str, cores: int, executor: Executor) -> None:
        placed = pool.on(executor)
        method = methods[name]
        found = measure(
            lambda: method.select(placed, Budget(rows=1_000)).indices.tolist(), asked.repeats
        )
        one = base.setdefault((name, cores), found)
        assert found[2] == one[2]
        ratios = f"{found[0] / one[0]:>8.2f}{found[1] / one[1]:>8.2f}"
        print(f"{name:<10}{where:<28}{found[0]:>9.2f}{found[1]:>9.2f}{ratios}", flush=True)

    for cores in (1, 2):
        with limited_threads(cores):
            for name in methods:
                tell(name, f"this process, {cores} thread(s)", cores, Local())
        with cluster(cores) as executor:
            for name in methods:
                tell(name, f"ray, {cores} node(s) of 1 core", cores, executor)


if __name__ == "__main__":
    main()
