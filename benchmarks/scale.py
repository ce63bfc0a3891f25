"""Time and memory of methods on pools past memory: python benchmarks/scale.py --folder FOLDER.

Draws float16 vectors into a file that is mapped, and JSONL of about 2,000 bytes a row, once; then
each method chooses 1,000 rows of the first n of them, in a fresh process under a memory limit, for
one n after another. A first call on a few rows loads compiled code and is not timed. The parent
watches the child's anonymous and shared memory, the whole process with Python and all libraries:
pages of mapped files are the operating system's to drop and do not count. Last come the exponents
of time over n, by least squares.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from cribble.selectors import catalogue
from harness.growth import exponent
from harness.held import watched
from harness.inputs import mixture
from harness.machine import rates
from harness.texts import write_prefix, write_target, write_texts

PICKS, QUERIES, TINY, GROUPS, CLASSES = 1_000, 1_000, 2_000, 50, 10

# What is run: a name for the table, the method and its parameters. First those of the bars.
VECTORS: dict[str, tuple[str, dict[str, Any]]] = {
    "random": ("random", {}),
    "stratified": ("stratified", {"by": "group"}),
    "top-score": ("top-score", {}),
    "ccs": ("ccs", {}),
    "rds-plus": ("rds-plus", {}),
    "k-center": ("k-center", {}),
    "gist": ("gist", {}),
    "kmq": ("kmq", {}),
    "sensitivity": ("sensitivity", {}),
    "facility-location (sample)": ("facility-location", {"form": "sample", "sample": 5_000}),
    "facility-location (graph)": (
        "facility-location",
        {"form": "graph", "neighbors": 16, "probes": 8},
    ),
}
TEXTS = {
    "random, JSONL": ("random", {}),
    "stratified, JSONL": ("stratified", {"by": "group"}),
    "top-score, JSONL": ("top-score", {}),
    "dsir, JSONL": ("dsir", {}),
}
BARS = (*VECTORS, *TEXTS)
# Then all others with their defaults, to hold their memory against the limit.
for _name in catalogue.METHODS:
    _table = TEXTS if "text" in catalogue.method_class(_name).card.needs else VECTORS
    if _name not in {method for method, _ in (*VECTORS.values(), *TEXTS.values())}:
        _table[_name] = (_name, {})
METHODS = {**VECTORS, **TEXTS}


def make_vectors(folder: Path, rows: int, dim: int) -> None:
    """Write the vectors, of which the last are queries, with scores, groups and classes."""
    path = folder / "vectors.npy"
    if path.exists() and np.load(path, mmap_mode="r").shape == (rows + QUERIES, dim):
        return
    mixture(0, rows + QUERIES, dim, "float16", path)
    rng = np.random.default_rng(1)
    np.save(folder / "quality.npy", rng.random(rows))
    np.save(folder / "difficulty.npy", rng.random(rows))
    np.save(folder / "group.npy", rng.integers(GROUPS, size=rows))
    np.save(folder / "label.npy", rng.integers(CLASSES, size=rows))
    np.save(folder / "probability.npy", rng.dirichlet(np.ones(CLASSES), rows).astype(np.float32))


def make_texts(folder: Path, rows: int) -> None:
    """Write the JSONL, and a target of 1,000 rows of one topic."""
    path = folder / f"text-{rows}.jsonl"
    if not path.exists():
        write_texts(path, rows)
        write_target(path, folder / "target.jsonl", QUERIES)


def vector_pool(folder: Path, rows: int, memory: int) -> Any:
    """The first rows of the vectors, mapped."""
    from cribble.core import Groups, Pool

    mapped = {one.stem: np.load(one, mmap_mode="r") for one in sorted(folder.glob("*.npy"))}
    vectors = mapped.pop("vectors")
    groups = {"group": GROUPS, "label": CLASSES}
    target = {"embedding": np.array(vectors[-QUERIES:]), "difficulty": np.arange(QUERIES) / QUERIES}
    return Pool(
        rows,
        signals={
            "embedding": vectors[:rows],
            **{name: all_[:rows] for name, all_ in mapped.items()},
        },
        groups={
            name: lambda name=name, size=size: Groups(
                mapped[name][:rows], tuple(map(str, range(size)))
            )
            for name, size in groups.items()
        },
        targets=[Pool(QUERIES, signals=target)],
        memory=memory,
    )


def choose(job: dict[str, Any], rows: int) -> tuple[int, float, float]:
    """Run a method on the first rows; returns how many it picked, seconds and CPU seconds."""
    import cribble as cb

    folder, memory = Path(job["folder"]), job["memory"]
    clock, cpu = time.perf_counter(), time.process_time()
    if job["label"] in TEXTS:
        named = {"quality": "quality", "group": "group", "text": "{text}", "memory": memory}
        pool = cb.Pool.read(str(folder / f"text-{rows}.jsonl"), **named)
        aimed = "target" in catalogue.method_class(job["method"]).card.needs
        aim = {"target": str(folder / "target.jsonl")} if aimed else {}
    else:
        pool, aim = vector_pool(folder, rows, memory), {}
    chosen = cb.select(pool, min(PICKS, rows // 2), method=job["method"], **job["set"], **aim)
    return len(chosen.indices), time.perf_counter() - clock, time.process_time() - cpu


def child(job: dict[str, Any]) -> None:
    """Run one method once, after a run on few rows; past its CPU seconds the system ends it."""
    resource.setrlimit(resource.RLIMIT_CPU, (job["seconds"], job["seconds"]))
    choose(job, TINY)
    picked, seconds, cpu = choose(job, job["rows"])
    print(json.dumps({"picked": picked, "seconds": seconds, "cpu": cpu}))


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Run a child and watch it."""
    with tempfile.TemporaryDirectory(dir=job["folder"]) as cache:
        ended = watched(
            [__file__, "--child", json.dumps(job)], {**os.environ, "CRIBBLE_CACHE": cache}
        )
    if ended.code:
        last = (ended.err.strip().splitlines() or [f"ended by {-ended.code}"])[-1]
        return {"error": last[:160], "peak": ended.peak}
    return {**json.loads(ended.out), "peak": ended.peak}


def foretold(job: dict[str, Any]) -> int | None:
    """Memory at most, as a run is told beforehand."""
    from cribble.core import Pool
    from cribble.run.footprint import footprint

    method = catalogue.make(job["method"], **job["set"])
    targets = [Pool(QUERIES)] if "target" in method.card.needs else []
    return footprint(
        method, Pool(job["rows"], targets=targets, memory=job["memory"]), PICKS
    ).expected


def told(label: str, job: dict[str, Any], seen: dict[str, Any], dim: int, flop: float) -> str:
    """One line of the table, with what the bars are about."""
    limit, rows, expected = job["memory"], job["rows"], foretold(job)
    start = f"| {label} | {rows:,} "
    end = f"| {seen['peak'] / 1e6:,.0f} | {'-' if expected is None else f'{expected / 1e6:,.0f}'} "
    if "error" in seen:
        return f"{start}| - | - {end}| {seen['error']} |"
    notes = [] if seen["peak"] <= limit else [f"MORE THAN {limit / 1e6:,.0f} MB"]
    if expected is not None and seen["peak"] > expected:
        notes.append("MORE THAN FORETOLD")
    if seen["picked"] != PICKS:
        notes.append(f"{seen['picked']} picks")
    if label == "rds-plus":
        floor = 2 * rows * QUERIES * dim / flop
        notes.append(f"{seen['seconds'] / floor:.2f} x product floor of {floor:,.1f} s")
    if label in TEXTS:
        size = (Path(job["folder"]) / f"text-{rows}.jsonl").stat().st_size
        notes.append(f"{size / 1e6 / seen['seconds']:,.0f} MB/s")
    return f"{start}| {seen['seconds']:,.1f} | {seen['cpu']:,.1f} {end}| {', '.join(notes)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", help=f"default: {', '.join(BARS)}; or all")
    parser.add_argument("--folder", type=Path, help="where the pools are written, kept for reuse")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows that are written")
    parser.add_argument("--sizes", default="100000,1000000,10000000", help="n, commas between")
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--memory", type=int, default=2_048, help="limit, MiB")
    parser.add_argument("--seconds", type=int, default=3_600, help="CPU, most of a run")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(json.loads(asked.child))
        return
    folder = asked.folder or Path(tempfile.gettempdir()) / "cribble-scale"
    folder.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in asked.sizes.split(",")]
    labels = list(METHODS) if asked.methods == ["all"] else asked.methods or list(BARS)
    if any(label in VECTORS for label in labels):
        make_vectors(folder, asked.rows, asked.dim)
    if any(label in TEXTS for label in labels):
        make_texts(folder, asked.rows)
    flop = rates()["flop"] if "rds-plus" in labels else float("nan")
    print(f"limit {(asked.memory << 20) / 1e6:,.0f} MB, {flop / 1e9:,.0f} GFLOP/s\n")
    print("| method | rows | s | CPU s | peak MB | foretold, at most | |")
    print("|---|---:|---:|---:|---:|---:|---|")
    costs: dict[str, list[tuple[int, float]]] = {label: [] for label in labels}
    for rows in sizes:
        for label in labels:
            method, parameters = METHODS[label]
            job = {
                "folder": str(folder),
                "label": label,
                "method": method,
                "set": parameters,
                "memory": asked.memory << 20,
                "rows": rows,
                "seconds": asked.seconds,
            }
            if label in TEXTS:
                for few in (TINY, rows):
                    part = folder / f"text-{few}.jsonl"
                    if not part.exists():
                        write_prefix(folder / f"text-{asked.rows}.jsonl", part, few)
            seen = measure(job)
            if "error" not in seen:
                costs[label].append((rows, seen["cpu"]))
            print(told(label, job, seen, asked.dim, flop), flush=True)
    print("\n| method | exponent of CPU s over n |\n|---|---:|")
    for label, found in costs.items():
        if len(found) > 1:
            print(f"| {label} | {exponent(*zip(*found, strict=True)):.2f} |")


if __name__ == "__main__":
    main()
