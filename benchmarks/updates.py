"""What an update costs beside choosing anew: python benchmarks/updates.py --folder FOLDER.

Chooses 1,000 rows of a JSONL of about 2,000 bytes a row, then goes on from that run: with new
rows, with rows dropped, and, for comparison, by choosing anew from all rows. Each is one command
with the cache that the ones before left, as they would follow each other. Prints CPU seconds; what
a command does to start is that of ``--help``.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.texts import write_target, write_texts

METHODS = ("random", "stratified", "top-score", "dsir", "k-center")
PICKS, TARGETS = 1_000, 200


def cribble(*arguments: object, cache: Path) -> float:
    """Run a command; returns its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "cribble", *map(str, arguments)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "CRIBBLE_CACHE": str(cache)},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write_pools(folder: Path, rows: int, new: int) -> None:
    """Write all rows, then the old, the new, a target, and the ids of some old ones."""
    with tempfile.TemporaryDirectory(dir=folder) as space:
        whole = Path(space) / "whole.jsonl"
        write_texts(whole, rows + new)
        write_target(whole, folder / "target.jsonl", TARGETS)
        with (
            whole.open("rb") as lines,
            (folder / "old.jsonl").open("wb") as old,
            (folder / "new.jsonl").open("wb") as fresh,
        ):
            for row, line in enumerate(lines):
                (old if row < rows else fresh).write(line)
    gone = (f"r{row}\n" for row in range(0, rows, max(1, rows // new)))
    (folder / "gone.txt").write_text("".join(gone))


def costs(folder: Path, method: str) -> list[float]:
    """CPU seconds of the first choice, the update, the deletions, and of choosing anew."""
    needs = {"dsir": ["--target", folder / "target.jsonl"], "stratified": ["--group", "group"]}
    aim = needs.get(method, [])
    how = ["-k", PICKS, "--method", method, "--quality", "quality", "--text", "{text}", *aim]
    old, new, gone = (folder / name for name in ("old.jsonl", "new.jsonl", "gone.txt"))
    with tempfile.TemporaryDirectory(dir=folder) as space:
        out, cache = [Path(space) / f"{step}.jsonl" for step in range(4)], Path(space) / "cache"
        return [
            cribble("select", old, *how, "-o", out[0], cache=cache),
            cribble("update", out[0], new, "-o", out[1], cache=cache),
            cribble("update", out[1], "--drop", gone, "-o", out[2], cache=cache),
            cribble("select", old, new, *how, "-o", out[3], cache=cache),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", default=METHODS)
    parser.add_argument("--folder", type=Path, required=True, help="where all is written")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=1_000)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    write_pools(asked.folder, asked.rows, asked.new)
    start = cribble("--help", cache=asked.folder)
    print(f"{asked.rows:,} rows, {asked.new:,} new, {asked.new:,} dropped; to start, {start:.1f} s")
    print("\n| method | first, CPU s | update | drop | anew | update / first |")
    print("|---|---:|---:|---:|---:|---:|")
    for method in asked.methods:
        found = costs(asked.folder, method)
        figures = " | ".join(f"{cost:.1f}" for cost in found)
        print(f"| {method} | {figures} | {found[1] / found[0]:.2f} |", flush=True)


if __name__ == "__main__":
    main()
