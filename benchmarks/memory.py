"""Peak memory of methods on a pool larger than their limit: ``python -m benchmarks.memory``.

Each method runs in a fresh process under a memory limit, on float16 vectors mapped from a file (or
on text read from JSONL). The parent watches the child's anonymous memory, the whole process with
Python and all libraries: pages of mapped files are the kernel's to drop and do not count.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

BLOCK = 65_536
PICKS = 200
QUERIES = 200
WORDS = 20_000
WORDS_A_ROW = 90

# What is run: the method with its parameters, and a name for the table.
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
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
    "facility-location (graph)": ("facility-location", {"form": "graph", "neighbors": 16}),
    "dsir": ("dsir", {}),
}


def make_vectors(folder: Path, rows: int, dim: int) -> None:
    """Write clustered float16 vectors, (rows, dim), and two scores and a grouping of the rows."""
    path = folder / "vectors.npy"
    if path.exists() and np.load(path, mmap_mode="r").shape == (rows, dim):
        return
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(500, dim)).astype(np.float32)
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(rows, dim))
    for low in range(0, rows, BLOCK):
        size = len(out[low : low + BLOCK])
        noise = rng.normal(size=(size, dim)).astype(np.float32)
        out[low : low + size] = centers[rng.integers(len(centers), size=size)] + noise
    out.flush()
    np.save(folder / "quality.npy", rng.random(rows))
    np.save(folder / "difficulty.npy", rng.random(rows))
    np.save(folder / "group.npy", rng.integers(50, size=rows))
    np.save(folder / "queries.npy", out[np.sort(rng.choice(rows, QUERIES, replace=False))])


def make_text(folder: Path, rows: int) -> None:
    """Write rows of about 600 bytes of text, and a target of some."""
    path, target = folder / "text.jsonl", folder / "target.jsonl"
    if path.exists() and (folder / "text.rows").read_text() == str(rows):
        return
    rng = np.random.default_rng(1)
    vocabulary = np.array([f"w{i:x}{i % 7}" for i in range(WORDS)])
    with path.open("w") as file:
        for low in range(0, rows, 1024):
            size = min(1024, rows - low)
            drawn = np.minimum(rng.zipf(1.2, size=(size, WORDS_A_ROW)), WORDS) - 1
            for words in vocabulary[drawn]:
                file.write(json.dumps({"text": " ".join(words)}) + "\n")
    with path.open() as file:
        target.write_text("".join(line for line, _ in zip(file, range(QUERIES), strict=False)))
    (folder / "text.rows").write_text(str(rows))


def child(job: dict[str, Any]) -> None:
    """Run one method once."""
    import cribble as cb
    from cribble.core import Groups
    from cribble.core import Pool as ArrayPool

    folder = Path(job["folder"])
    if job["method"] == "dsir":
        pool: Any = cb.Pool.read(str(folder / "text.jsonl"), text="{text}", memory=job["memory"])
        chosen = cb.select(
            pool, job["picks"], method="dsir", target=str(folder / "target.jsonl"), **job["set"]
        )
    else:
        mapped = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r")
            for name in ("vectors", "quality", "difficulty", "group")
        }
        names = tuple(map(str, range(50)))
        pool = ArrayPool(
            len(mapped["vectors"]),
            signals={
                "embedding": mapped["vectors"],
                "quality": mapped["quality"],
                "difficulty": mapped["difficulty"],
            },
            groups={"group": lambda: Groups(mapped["group"], names)},
            targets=[ArrayPool.from_array(np.load(folder / "queries.npy"))],
            memory=job["memory"],
        )
        chosen = cb.select(pool, job["picks"], method=job["method"], **job["set"])
    print(json.dumps({"rows": len(pool), "picked": len(chosen.indices)}))


def anonymous_bytes(process: int) -> int:
    """Anonymous memory of a process now; 0 where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = [line for line in status.splitlines() if line.startswith("RssAnon")]
    return int(found[0].split()[1]) << 10 if found else 0


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Run a child and watch it."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.memory", "--child", json.dumps(job)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = 0
    while running.poll() is None:
        peak = max(peak, anonymous_bytes(running.pid))
        time.sleep(0.005)
    out, error = running.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if running.returncode:
        return {"error": (error.strip().splitlines() or ["?"])[-1][:160], "peak": peak, "cpu": cpu}
    return {**json.loads(out), "peak": peak, "cpu": cpu}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("methods", nargs="*", help=f"of {', '.join(METHODS)}; default: all")
    parser.add_argument("--folder", type=Path, help="where the pool is written, kept for reuse")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--memory", type=int, default=256, help="limit, MiB")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(json.loads(asked.child))
        return
    folder = asked.folder or Path("benchmarks/.memory")
    folder.mkdir(parents=True, exist_ok=True)
    make_vectors(folder, asked.rows, asked.dim)
    make_text(folder, asked.rows // 3)
    print("| method | rows | limit MB | peak MB | CPU s | within |\n|---|---|---|---|---|---|")
    for label in asked.methods or METHODS:
        method, parameters = METHODS[label]
        limit = asked.memory << 20
        seen = measure(
            {
                "folder": str(folder),
                "method": method,
                "set": parameters,
                "memory": limit,
                "picks": PICKS,
            }
        )
        within = seen.get("error") or ("yes" if seen["peak"] <= limit else "NO")
        rows = f"{seen['rows']:,}" if "rows" in seen else "-"
        peak = f"{seen['peak'] / 1e6:,.0f}"
        print(
            f"| {label} | {rows} | {limit / 1e6:,.0f} | {peak} | {seen['cpu']:,.0f} | {within} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
