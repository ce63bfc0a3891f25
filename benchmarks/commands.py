"""Memory of whole commands: python benchmarks/commands.py --folder FOLDER.

Runs ``cribble select`` with ``--report`` and ``--picks`` on JSONL of about 2,000 bytes a row, each
time with an empty cache: reading, embedding, selecting and reporting are all in the peak, which is
that of memory that is no file's, in every process of the command.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from pathlib import Path

from harness.held import Watched, watched
from harness.texts import write_target, write_texts

PICKS, TARGETS = 1_000, 200
METHODS = ("k-center", "facility-location", "rds-plus")
AIMED = ("rds-plus", "dsir")


def select(folder: Path, rows: int, method: str, memory: str) -> tuple[Watched, float]:
    """Run one command; returns how it went, and its CPU seconds."""
    aim = ["--target", str(folder / "target.jsonl")] if method in AIMED else []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(dir=folder) as space:
        out = [f"{space}/{name}" for name in ("out.jsonl", "picks.parquet", "report.html")]
        path = str(folder / f"text-{rows}.jsonl")
        how = ["-k", str(PICKS), "--method", method, "--text", "{text}", "--memory", memory, *aim]
        to = ["-o", out[0], "--picks", out[1], "--report", out[2]]
        ended = watched(
            ["-m", "cribble", "select", path, *how, *to],
            {**os.environ, "CRIBBLE_CACHE": f"{space}/cache"},
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", default=METHODS)
    parser.add_argument("--folder", type=Path, required=True, help="where texts are kept for reuse")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--memory", default="256MiB")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    path = asked.folder / f"text-{asked.rows}.jsonl"
    if not path.exists():
        write_texts(path, asked.rows)
    if not (asked.folder / "target.jsonl").exists():
        write_target(path, asked.folder / "target.jsonl", TARGETS)
    print(f"{asked.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB, limit {asked.memory}\n")
    print("| method | CPU s | peak MB | |\n|---|---:|---:|---|")
    for method in asked.methods:
        ended, cpu = select(asked.folder, asked.rows, method, asked.memory)
        note = "" if not ended.code else " ".join(ended.err.split())[-160:]
        print(f"| {method} | {cpu:,.1f} | {ended.peak / 1e6:,.0f} | {note} |", flush=True)


if __name__ == "__main__":
    main()
