"""Ray against this process on one machine: python benchmarks/executors.py.

The same selection in this process and on simulated clusters. A node has one core or two; this
process has as many threads as one node has cores, on a cluster of several nodes too. A first run
starts the workers, compiles and loads, and is not counted: the figures are those of a cluster that
is up, and include sending the vectors to it. Prints medians of seconds and of CPU seconds, those
of this process and of the workers apart from those of Ray's own processes, which idle at some
percent of a core and so cost the more CPU seconds the longer a run waits on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from cribble.core import Budget, Executor, Pool, Selector
from cribble.executors import Local
from cribble.kernels.threads import limited_threads
from cribble.selectors import catalogue
from harness.inputs import mixture

SOURCE = Path(__file__).parents[1] / "src"
PICKS = 1_000
# What is run: a name for the table, the method and its parameters.
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "rds-plus": ("rds-plus", {}),
    "kmq": ("kmq", {"sample": 16_384}),
    "kmq, 1,000 clusters": ("kmq", {"clusters": 1_000, "sample": 50_000}),
    "k-center": ("k-center", {"shards": 4}),
    "gist": ("gist", {"shards": 4}),
}


@dataclass(frozen=True)
class Place:
    """Where work is done: nodes of some cores each, none of them for this process."""

    nodes: int
    cores: int

    def __str__(self) -> str:
        if not self.nodes:
            return f"this process, {self.cores} thread(s)"
        return f"ray, {self.nodes} node(s) of {self.cores} core(s)"

    @contextmanager
    def open(self) -> Iterator[Executor]:
        """Start the cluster, if it is one."""
        with limited_threads(self.cores):
            if not self.nodes:
                yield Local()
                return
            with cluster(self.nodes, self.cores) as executor:
                yield executor


PLACES = (Place(0, 1), Place(1, 1), Place(2, 1), Place(0, 2), Place(1, 2))


@contextmanager
def cluster(nodes: int, cores: int) -> Iterator[Executor]:
    """A cluster of simulated nodes."""
    import ray
    from ray.cluster_utils import Cluster

    from cribble.executors.ray import Ray

    os.environ["PYTHONPATH"] = str(SOURCE)
    node = {"num_cpus": cores, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=node)
    for _ in range(nodes - 1):
        made.add_node(num_cpus=cores)
    ray.init(address=made.address, log_to_driver=False, configure_logging=False)
    try:
        yield Ray()
    finally:
        ray.shutdown()
        made.shutdown()


@dataclass(frozen=True)
class Cost:
    """Seconds, and CPU seconds of this process, of the workers and of Ray's own processes."""

    seconds: float
    here: float
    workers: float
    ray: float

    @classmethod
    def so_far(cls) -> Cost:
        """What was spent until now."""
        me = psutil.Process()
        spent = {"here": 0.0, "workers": 0.0, "ray": 0.0}
        for process in (me, *me.children(recursive=True)):
            try:
                times, command = process.cpu_times(), process.cmdline()
            except psutil.NoSuchProcess:
                continue
            # Ray calls a worker after what it does, "ray::IDLE" where that is nothing, and some of
            # its own processes "ray::DashboardAgent" and the like.
            name = command[0] if command else ""
            worker = name.startswith("ray::") and not name.endswith("Agent")
            kind = "here" if process == me else "workers" if worker else "ray"
            spent[kind] += times.user + times.system
        return cls(time.perf_counter(), **spent)

    @property
    def work(self) -> float:
        """CPU seconds of this process and the workers."""
        return self.here + self.workers

    def since(self, before: Cost) -> Cost:
        """The difference."""
        return Cost(*(b - a for a, b in zip(astuple(before), astuple(self), strict=True)))


def measure(run: Callable[[], list[int]], repeats: int) -> tuple[Cost, list[int]]:
    """Median costs of a run, after one that starts workers and compiles."""
    picks, costs = run(), []
    for _ in range(repeats):
        before = Cost.so_far()
        assert run() == picks
        costs.append(Cost.so_far().since(before))
    medians = map(statistics.median, zip(*map(astuple, costs), strict=True))
    return Cost(*medians), picks


def told(name: str, place: Place, found: dict[Place, Cost]) -> str:
    """One line of the table."""
    cost, local, one = found[place], found.get(Place(0, place.cores)), found.get(Place(1, 1))
    figures = " | ".join(f"{value:,.2f}" for value in astuple(cost))
    ratios = "| |"
    if place.nodes and local:
        ratios = f"{cost.seconds / local.seconds:.2f} | {cost.work / local.work:.2f} |"
    if place.nodes > 1 and one:
        ratios += f" {one.seconds / cost.seconds:.2f} x one node"
    return f"| {name} | {place} | {figures} | {ratios} |"


def make_pool(path: Path | None, rows: int, dim: int, queries: int) -> Pool:
    """Map the first vectors of a file, with the last as queries; draw one where none is given."""
    if path is None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vectors.npy"
            mixture(0, rows + queries, dim, "float16", path)
            return make_pool(path, rows, dim, queries)
    vectors = np.load(path, mmap_mode="r")
    quality = np.random.default_rng(1).random(rows)
    target = Pool.from_array(np.array(vectors[-queries:]))
    return Pool.from_array(vectors[:rows], signals={"quality": quality}, targets=(target,))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", help=f"of {', '.join(METHODS)}; default: all")
    parser.add_argument("--vectors", type=Path, help="a .npy file to map; drawn where not given")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=256, help="of vectors that are drawn")
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--places", type=int, default=len(PLACES), help="how many, of the first")
    asked = parser.parse_args()
    pool = make_pool(asked.vectors, asked.rows, asked.dim, asked.queries)
    names = asked.methods or list(METHODS)
    chosen: dict[str, Selector] = {}
    for name in names:
        method, parameters = METHODS[name]
        chosen[name] = catalogue.make(method, **parameters)
    costs: dict[str, dict[Place, Cost]] = {name: {} for name in names}
    expected: dict[str, list[int]] = {}
    print(f"{asked.rows:,} rows, {asked.queries:,} queries, {PICKS:,} picks; x: by this process\n")
    print("| method | where | s | CPU s here | workers | Ray's own | s, x | CPU s, x | |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---|")
    for place in PLACES[: asked.places]:
        with place.open() as executor:
            placed = pool.on(executor)
            for name, method in chosen.items():

                def run(method: Selector = method, placed: Pool = placed) -> list[int]:
                    picks: list[int] = method.select(placed, Budget(rows=PICKS)).indices.tolist()
                    return picks

                costs[name][place], picks = measure(run, asked.repeats)
                assert picks == expected.setdefault(name, picks)
                print(told(name, place, costs[name]), flush=True)


if __name__ == "__main__":
    main()
