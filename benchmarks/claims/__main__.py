"""Run every claim, each in its own process, and print what came of it.

    python -m benchmarks.claims [NAME ...] [--json] [--results DIR]

A claim is a module of this folder with ``run() -> dict`` (method, paper_says, we_saw, holds). A
claim that does not hold is a finding, not a failure; one that crashes is (exit code 1). With
``--results`` the outcomes replace those of the same claims in the record ``DIR/claims.json``, and
``DIR/claims.md`` becomes the table of them all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CODE = "import json, sys; from benchmarks.claims.{0} import run; json.dump(run(), sys.stdout)"
WORDS = {True: "holds", False: "does not hold", None: "crashed"}

Outcome = dict[str, Any]


def measure(module: str, root: Path = ROOT) -> Outcome:
    """Run one claim in a fresh process; ``holds`` is None where it crashed."""
    path = os.pathsep.join([str(root), str(ROOT / "src"), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(module)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        outcome: Outcome = json.loads(done.stdout)
        return outcome
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return {"method": module, "paper_says": "", "we_saw": f"crashed: {last}", "holds": None}


def main() -> int:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="modules of this folder; all if none is named")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.add_argument("--results", type=Path, metavar="DIR", help="keep the record and its table")
    asked = parser.parse_args()
    known = sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
    )
    names = [name.replace("-", "_") for name in asked.names] or known
    if unknown := set(names) - set(known):
        parser.error(f"no claim named {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    outcomes = {}
    for name in names:
        outcomes[name] = measure(name)
        if not asked.json:
            show(outcomes[name])
        if asked.results is not None:
            record(asked.results, name, outcomes[name], known)
    if asked.json:
        print(json.dumps(list(outcomes.values()), indent=1))
    print(f"{_held(outcomes)} claims hold here", file=sys.stderr)
    return int(any(one["holds"] is None for one in outcomes.values()))


def record(folder: Path, name: str, outcome: Outcome, known: list[str]) -> None:
    """Put one outcome down at once, so that a run that is stopped has lost nothing."""
    path = folder / "claims.json"
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    told = {**before, name: outcome}
    kept = {one: told[one] for one in known if one in told}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "claims.md").write_text(table(kept), "utf-8")


def table(outcomes: Mapping[str, Outcome]) -> str:
    """Write claims as Markdown, one row each, with the command that repeats it."""
    cells = [("Method", "The paper says", "We saw", "", "Command"), ("---",) * 5]
    for name, one in outcomes.items():
        command = f"`python -m benchmarks.claims {name.replace('_', '-')}`"
        word = WORDS[one["holds"]]
        cells.append((one["method"], one["paper_says"], one["we_saw"], word, command))
    rows = ["| " + " | ".join(str(one).replace("|", "\\|") for one in row) + " |" for row in cells]
    return "\n".join([f"{_held(outcomes)} claims hold here.", "", *rows, ""])


def _held(outcomes: Mapping[str, Outcome]) -> str:
    return f"{sum(one['holds'] is True for one in outcomes.values())} of {len(outcomes)}"


def show(outcome: Outcome) -> None:
    """Print one claim as a row of the table."""
    print(f"{outcome['method']:<22} {WORDS[outcome['holds']]}")
    for label in ("paper_says", "we_saw"):
        head = f"  {label.replace('_', ' '):<11} "
        print(
            textwrap.fill(str(outcome[label]), 100, initial_indent=head, subsequent_indent=" " * 14)
        )


if __name__ == "__main__":
    sys.exit(main())
