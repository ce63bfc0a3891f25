"""Run one case, ours beside its peers: python benchmarks/run.py CASE."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from harness.case import OURS, Case, Inputs, Order, all_cases, load_case
from harness.growth import LARGE, SIZES, exponent
from harness.process import Limits, Outcome, machine_rates, run_child
from harness.table import Line, Rates, render, summarize


def store(inputs: Inputs, folder: Path) -> dict[str, str]:
    """Write the arrays where the children find them; paths stay paths."""
    files = {}
    for name, value in inputs.items():
        files[name] = value if isinstance(value, str) else str(folder / f"{name}.npy")
        if not isinstance(value, str):
            np.save(files[name], value)
    return files


def run_case(
    case: Case,
    size: dict[str, int],
    names: list[str],
    *,
    repeats: int = 3,
    seed: int = 0,
    pool: Path | None = None,
    limits: Limits,
) -> tuple[list[Line], list[Rates]]:
    """Run the contenders in turn, ``repeats`` times over; one that failed is not tried again."""
    runs: dict[str, list[Outcome]] = {name: [] for name in names}
    rates: list[Rates] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        inputs = case.make_input(Order(seed=seed, size=size, folder=folder, pool=pool))
        files = store(inputs, folder)
        for repeat in range(repeats):
            rates.append(machine_rates(limits))
            for name in names:
                if any(one.error for one in runs[name]):
                    continue
                place = folder / f"run-{repeat}-{names.index(name)}"
                place.mkdir()
                runs[name].append(
                    run_child(case.name, name, size, files, case.mapped, place, limits)
                )
        return summarize(case, size, inputs, runs, rates), rates


def run_growth(
    method: str, large: bool, replaced: dict[str, int], repeats: int, limits: Limits
) -> dict[str, Any]:
    """Measure one method at growing n, as far as it goes, and fit the exponents."""
    case = load_case(f"growth:{method}")
    sizes, lines, refusal = [], [], None
    for n in [*SIZES, *(LARGE if large else ())]:
        size = {**case.size, **replaced, "n": n}
        (line,), _ = run_case(case, size, [OURS], repeats=repeats, limits=limits)
        if line.error is not None:
            refusal = f"n = {n:,}: {line.error}"
            break
        sizes.append(n)
        lines.append(line)
    if len(sizes) < 2:
        raise SystemExit(f"{method} at {refusal}")
    return {
        "method": method,
        "n": sizes,
        "cpu_seconds": [line.cpu_seconds for line in lines],
        "beyond_bytes": [line.beyond_bytes for line in lines],
        "cpu_exponent": exponent(sizes, [line.cpu_seconds or 0 for line in lines]),
        "memory_exponent": exponent(sizes, [line.beyond_bytes or 0 for line in lines]),
        "stopped_at": refusal,
    }


def print_growth(found: dict[str, Any]) -> None:
    print(f"{found['method']}: {'n':>10} {'CPU s':>10} {'MB beyond input':>16}")
    pad = " " * (len(found["method"]) + 2)
    for n, cpu, size in zip(found["n"], found["cpu_seconds"], found["beyond_bytes"], strict=True):
        print(f"{pad}{n:>10,} {cpu:>10.3g} {size / 1e6:>16,.1f}")
    print(f"{pad}{'exponent':>10} {found['cpu_exponent']:>10.2f} {found['memory_exponent']:>16.2f}")
    if found["stopped_at"]:
        print(f"{pad}{found['stopped_at']}")


def parse(argv: list[str]) -> argparse.Namespace:
    names = "\n".join(f"  {case.name:<24} {case.summary}" for case in all_cases().values())
    parser = argparse.ArgumentParser(
        description="Run one case, ours beside its peers, each in a fresh process.",
        epilog=f"cases:\n{names}\n  growth METHOD[,KEY=VALUE]... cost of one method over n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("case", help="a case below, or growth")
    parser.add_argument("method", nargs="?", help="the method, for growth")
    parser.add_argument("--size", default="", help="numbers to replace: n=2000,k=50")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default="", help="contenders, with commas between")
    parser.add_argument("--pool", type=Path, help="a JSONL pool, for the text cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="threads of every library in a child")
    parser.add_argument("--seconds", type=float, default=600.0, help="time limit of a child")
    parser.add_argument("--memory", type=float, default=16.0, help="memory limit of a child, GiB")
    parser.add_argument("--large", action="store_true", help="growth: 300k and 1M rows too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(argv)
    if asked.case == "growth" and asked.method is None:
        parser.error("growth needs a method, such as: growth k-center")
    if asked.case != "growth" and ":" not in asked.case and asked.case not in all_cases():
        parser.error(f"no case named {asked.case!r}; the names stand below --help")
    return asked


def main(argv: list[str]) -> None:
    asked = parse(argv)
    limits = Limits(seconds=asked.seconds, bytes=int(asked.memory * 2**30), threads=asked.threads)
    replaced = {
        name: int(number)
        for name, number in (pair.split("=") for pair in asked.size.split(",") if pair)
    }
    if asked.case == "growth":
        found = run_growth(asked.method, asked.large, replaced, asked.repeats, limits)
        print(json.dumps(found)) if asked.json else print_growth(found)
        return
    case = load_case(asked.case)
    size = {**case.size, **replaced}
    names = [
        name
        for name in case.contenders
        if name in (asked.only.split(",") if asked.only else case.contenders)
    ]
    lines, rates = run_case(
        case, size, names, repeats=asked.repeats, seed=asked.seed, pool=asked.pool, limits=limits
    )
    if asked.json:
        shown = [line.as_dict() for line in lines]
        print(json.dumps({"case": case.name, "size": size, "machine": rates, "lines": shown}))
        return
    better = "larger" if case.larger_is_better else "smaller"
    print(f"{case.name}: {case.summary}; {better} is better; {size}; median of {asked.repeats}")
    print(render(lines))
    one = rates[len(rates) // 2]
    print(f"machine: {one['flop'] / 1e9:.0f} GFLOP/s, {one['bytes'] / 1e9:.1f} GB/s")


if __name__ == "__main__":
    main(sys.argv[1:])
