"""Ray against this process on one machine: python benchmarks/executors.py.

The same selection in this process and on simulated clusters, in turns, because a virtual machine is
not equally fast for long. A node has one core or two; this process has as many threads as one node
has cores, on a cluster of several nodes too. A first run of few rows starts the workers, compiles
and loads, and is not counted: the figures are those of a cluster that is up, and include sending
the vectors to it. Prints medians of seconds and of CPU seconds, those of this process and of the
workers apart from those of Ray's own processes, which idle at some percent of a core and so cost
the more CPU seconds the longer a run waits on a busy machine. Two nodes are held against one by
what each is to this process. Before that it prints what two processes that only multiply matrices
do against one: no two nodes of a machine whose cores share what they work with can do better.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
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
from numpy.typing import NDArray

from cribble.core import Budget, Executor, Pool, Selector, TextBlock
from cribble.data import PoolRows, open_rows
from cribble.executors import Local
from cribble.kernels.threads import limited_threads
from cribble.selectors import catalogue
from harness.inputs import mixture
from harness.texts import write_prefix, write_texts

SOURCE = Path(__file__).parents[1] / "src"
PICKS = 1_000
# What is run: a name for the table, the method and its parameters.
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "rds-plus": ("rds-plus", {}),
    "kmq": ("kmq", {"sample": 16_384}),
    "kmq, 1,000 clusters": ("kmq", {"clusters": 1_000, "sample": 50_000}),
    "k-center": ("k-center", {"shards": 4}),
    "gist": ("gist", {"shards": 4}),
    "dsir": ("dsir", {}),
    "facility-location": ("rand-greedi", {"shards": 4, "form": "sample", "sample": 2_000}),
}
# For a first run that is not counted.
WARM_ROWS = 20_000


@dataclass(frozen=True)
class Place:
    """A cluster of nodes with some cores each."""

    nodes: int
    cores: int

    def __str__(self) -> str:
        return f"{self.nodes} node(s) of {self.cores} core(s)"


PLACES = (Place(1, 1), Place(2, 1), Place(1, 2))


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


def measure(runs: list[Callable[[], list[int]]], repeats: int) -> list[Cost]:
    """Median costs of runs that take turns and must pick the same."""
    costs: list[list[Cost]] = [[] for _ in runs]
    picks = None
    for _ in range(repeats):
        for run, found in zip(runs, costs, strict=True):
            before = Cost.so_far()
            chosen = run()
            found.append(Cost.so_far().since(before))
            picks = picks or chosen
            assert chosen == picks
    return [
        Cost(*map(statistics.median, zip(*map(astuple, found), strict=True))) for found in costs
    ]


def products(processes: int) -> float:
    """Matrix products a second of some processes with one thread each, all together."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(multiply, range(processes))
        return sum(pool.map(multiply, range(processes)))


def multiply(_: int) -> float:
    """Products a second in this process."""
    left, right = np.ones((2_048, 256), np.float32), np.ones((256, 1_024), np.float32)
    with limited_threads(1):
        clock = time.perf_counter()
        for _ in range(200):
            left @ right
    return 200 / (time.perf_counter() - clock)


def vector_pool(path: Path, rows: int, queries: int) -> Pool:
    """Map the first vectors of a file, with the last as queries."""
    vectors = np.load(path, mmap_mode="r")
    quality = np.random.default_rng(1).random(rows)
    target = Pool.from_array(np.array(vectors[-queries:]))
    return Pool.from_array(vectors[:rows], signals={"quality": quality}, targets=(target,))


class Lines(Pool):
    """A pool that reads the texts of some rows alone, as those of commands do."""

    def texts_of(self, rows: NDArray[np.int64]) -> Iterator[TextBlock]:
        assert isinstance(self.rows, PoolRows)
        return self.rows.some(rows).text_blocks()


def text_pool(path: Path, queries: int) -> Pool:
    """Read a file of JSON lines, with its last rows as the target; nothing is kept in a cache."""
    rows = open_rows(str(path))
    last = rows.some(np.arange(len(rows))[-queries:])
    target = Pool(len(last), texts=last.text_blocks)
    return Lines(len(rows), texts=rows.text_blocks, rows=rows, targets=(target,))


def make_pools(asked: argparse.Namespace, folder: Path) -> dict[str, tuple[Pool, Pool]]:
    """Two pools of vectors and of texts: a small one that warms up, and one that is measured."""
    vectors, texts = asked.vectors, asked.texts
    if vectors is None:
        vectors = folder / "vectors.npy"
        mixture(0, asked.rows + asked.queries, asked.dim, "float16", vectors)
    if texts is None:
        texts = folder / "texts.jsonl"
        write_texts(texts, asked.rows // 10)
    write_prefix(texts, folder / "first.jsonl", WARM_ROWS)
    sizes = min(WARM_ROWS, asked.rows), asked.rows
    first, whole = (vector_pool(vectors, rows, asked.queries) for rows in sizes)
    few, all_of_them = (text_pool(one, asked.queries) for one in (folder / "first.jsonl", texts))
    return {"embedding": (first, whole), "text": (few, all_of_them)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", help=f"of {', '.join(METHODS)}; default: all")
    parser.add_argument("--vectors", type=Path, help="a .npy file to map; drawn where not given")
    parser.add_argument("--texts", type=Path, help="a JSONL file, the whole pool of dsir; drawn")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of vectors")
    parser.add_argument("--dim", type=int, default=256, help="of vectors that are drawn")
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--places", type=int, default=len(PLACES), help="how many, of the first")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(asked, make_pools(asked, Path(folder)))


def compare(asked: argparse.Namespace, pools: dict[str, tuple[Pool, Pool]]) -> None:
    """Print a line a method and place."""
    both = products(2) / products(1)
    print(f"{asked.rows:,} vectors, {len(pools['text'][1]):,} texts, {asked.queries:,} queries")
    print(f"{PICKS:,} picks; matrix products: two processes {both:.2f} x one\n")
    print("| method | Ray | s here | s, Ray | x | CPU s here | driver, workers | Ray's own | x | |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---|")
    single: dict[str, float] = {}
    for place in PLACES[: asked.places]:
        with limited_threads(place.cores), cluster(place.nodes, place.cores) as executor:
            for name in asked.methods or METHODS:
                chosen, parameters = METHODS[name]
                method = catalogue.make(chosen, **parameters)
                need = "text" if "text" in method.card.needs else "embedding"
                warm, timed = (
                    [functools.partial(picks_of, method, pool.on(where)) for where in places]
                    for pool in pools[need]
                    for places in [(Local(), executor)]
                )
                measure(warm, 1)
                here, there = measure(timed, asked.repeats)
                slower = there.seconds / here.seconds
                gain = ""
                if place == PLACES[0]:
                    single[name] = slower
                elif place.cores == 1:
                    gain = f"{single[name] / slower:.2f} x one node"
                print(
                    f"| {name} | {place} | {here.seconds:,.2f} | {there.seconds:,.2f} "
                    f"| {slower:.2f} | {here.work:,.2f} | {there.here:,.2f}, {there.workers:,.2f} "
                    f"| {there.ray:,.2f} | {there.work / here.work:.2f} | {gain} |",
                    flush=True,
                )


def picks_of(method: Selector, pool: Pool) -> list[int]:
    """What a method picks."""
    picks: list[int] = method.select(pool, Budget(rows=PICKS)).indices.tolist()
    return picks


if __name__ == "__main__":
    main()
