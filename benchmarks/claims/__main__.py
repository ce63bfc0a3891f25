"""Run every claim, each in its own process, and print what came of it.

    python -m benchmarks.claims [NAME ...] [--json]

A claim is a module of this folder with ``run() -> dict`` (method, paper_says, we_saw, holds). A
claim that does not hold is a finding, not a failure; one that crashes is (exit code 1).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = "import json, sys; from benchmarks.claims.{0} import run; json.dump(run(), sys.stdout)"


def measure(module: str, root: Path = ROOT) -> dict[str, object]:
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
        outcome: dict[str, object] = json.loads(done.stdout)
        return outcome
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return {"method": module, "paper_says": "", "we_saw": f"crashed: {last}", "holds": None}


def main() -> int:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="modules of this folder; all if none is named")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    asked = parser.parse_args()
    known = sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")
    )
    names = [name.replace("-", "_") for name in asked.names] or known
    if unknown := set(names) - set(known):
        parser.error(f"no claim named {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    outcomes = []
    for name in names:
        outcomes.append(measure(name))
        if not asked.json:
            show(outcomes[-1])
    if asked.json:
        print(json.dumps(outcomes, indent=1))
    held = sum(one["holds"] is True for one in outcomes)
    print(f"{held} of {len(outcomes)} claims hold here", file=sys.stderr)
    return int(any(one["holds"] is None for one in outcomes))


def show(outcome: dict[str, object]) -> None:
    """Print one claim as a row of the table."""
    word = {True: "holds", False: "does not hold", None: "crashed"}[outcome["holds"]]
    print(f"{outcome['method']:<22} {word}")
    for label in ("paper_says", "we_saw"):
        head = f"  {label.replace('_', ' '):<11} "
        print(
            textwrap.fill(str(outcome[label]), 100, initial_indent=head, subsequent_indent=" " * 14)
        )


if __name__ == "__main__":
    sys.exit(main())
