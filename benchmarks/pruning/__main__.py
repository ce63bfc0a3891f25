"""Prune labeled sets, train a linear probe, and compare every method with random rows.

    python -m benchmarks.pruning [--data DIR] [--seeds N] [--sets a,b] [--methods a b]
                                 [--trials DIR] [--results DIR]

Prints one Markdown table: accuracy in % on held-out rows, mean and 95 % interval over the seeds,
and two marks where one says something: + or − where the paired difference to random rows is above
or below 0 beyond chance, the second mark the same against class-balanced random rows. Without a
data folder (or the environment variable CRIBBLE_DATA) the digits of scikit-learn are pruned alone.
With ``--trials`` a run that was stopped goes on, and one with more methods runs those alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from benchmarks.pruning.kept import completed
from benchmarks.pruning.sets import SETS, load
from benchmarks.pruning.table import by_method, evidence, table
from benchmarks.pruning.trial import RANDOM, SIGNALS, Outcome, drawn, outcomes
from cribble.core import Selector
from cribble.kernels.threads import limited_threads
from cribble.selectors.catalogue import METHODS, make, method_class

BALANCED = "stratified:allocation=equal"
VARIANTS = {
    "stratified": (BALANCED,),
    "top-score": (
        "top-score:signal=difficulty",
        "top-score:signal=forgetting",
        "top-score:signal=margin,largest=false",
    ),
    "ccs": ("ccs:cut=0", "ccs:signal=quality,largest=false"),
}
"""What is run beside the defaults: class-balanced random, the hardest rows by three scores, CCS
without a cut, and CCS by the area under the margin."""


def parsed(spec: str) -> Selector:
    """Make a method from ``name`` or ``name:key=value,key=value``."""
    name, _, told = spec.partition(":")
    pairs = [one.partition("=") for one in told.split(",") if one]
    return make(name, **{key: _value(text) for key, _, text in pairs})


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def fitting(without: list[str]) -> list[str]:
    """Every other method of the catalogue that such a pool serves, with its variants."""
    left = [name for name in METHODS if name not in without]
    fit = [name for name in left if set(method_class(name).card.needs) <= set(SIGNALS)]
    specs = [spec for name in fit for spec in (name, *VARIANTS.get(name, ()))]
    return [BALANCED, *(one for one in specs if one not in (RANDOM, BALANCED))]


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pruning",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    many = lambda text: text.split(",")  # noqa: E731
    shares = lambda text: [float(one) / 100 for one in text.split(",")]  # noqa: E731
    parser.add_argument("--data", type=Path, default=os.environ.get("CRIBBLE_DATA"))
    parser.add_argument("--sets", type=many, help=f"of {','.join(SETS)}; all there are files for")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rows", type=int, default=1_000, help="most rows of a pool")
    parser.add_argument("--budgets", type=shares, default="1,5,10,30", help="in %%")
    parser.add_argument("--flips", type=shares, default="0,10,20", help="labels, in %%")
    parser.add_argument("--methods", nargs="+", help="name or name:key=value,key=value")
    parser.add_argument("--without", type=many, default=[], help="methods to leave out")
    parser.add_argument("--trials", type=Path, help="keep trials here, and take what is done")
    parser.add_argument("--results", type=Path, help="write table and counts to pruning*.* here")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir()) / "cribble-pruning"
    )
    return parser


def main() -> int:
    """Run, print, and write the results if asked."""
    asked = arguments().parse_args()
    folder = None if asked.data is None else Path(asked.data)
    names = asked.sets or [one for one in SETS if folder or SETS[one].file is None]
    if unknown := set(names) - set(SETS):
        sys.exit(f"no set named {', '.join(sorted(unknown))}; known: {', '.join(SETS)}")
    if not folder and any(SETS[one].file for one in names):
        sys.exit("name the folder of the data with --data or CRIBBLE_DATA")
    methods = {spec: parsed(spec) for spec in asked.methods or fitting(asked.without)}
    found: list[Outcome] = []
    for name in names:
        for seed in range(asked.seeds):
            found += _trial(asked, folder, name, seed, methods)
    print(table(found, BALANCED))
    if asked.results:
        told = {"command": command(sys.argv[1:]), "seeds": asked.seeds, "rows": asked.rows}
        told |= {"methods": evidence(found, BALANCED)}
        for end, text in (
            (".json", json.dumps(told, indent=1)),
            (".md", table(found, BALANCED)),
            ("-methods.md", by_method(found, BALANCED)),
        ):
            (asked.results / f"pruning{end}").write_text(text + "\n", "utf-8")
    return 0


def _trial(
    asked: argparse.Namespace,
    folder: Path | None,
    name: str,
    seed: int,
    methods: Mapping[str, Selector],
) -> list[Outcome]:
    def run(missing: Sequence[str]) -> Iterator[Outcome]:
        start = time.process_time()
        part = drawn(*load(name, folder, asked.cache), asked.rows, seed)
        ours = {spec: methods[spec] for spec in missing}
        with limited_threads(1):
            yield from outcomes(name, part, ours, asked.budgets, asked.flips, seed)
        spent = time.process_time() - start
        print(f"{name}, seed {seed}: {spent:.0f} CPU s", file=sys.stderr, flush=True)

    path = asked.trials and asked.trials / f"{name}-{asked.rows}-{seed}.json"
    return completed(path, list(methods), product(asked.flips, asked.budgets), run)


def command(words: list[str]) -> str:
    """The command as anyone can type it: folders of the data and of trials are called DIR."""
    asked = [one.split("=", 1) if one.startswith("--") else [one] for one in words]
    words = [part for one in asked for part in one]
    hidden = ("--data", "--trials", "--cache")
    words = ["DIR" if at and words[at - 1] in hidden else one for at, one in enumerate(words)]
    return shlex.join(["python", "-m", "benchmarks.pruning", *words])


if __name__ == "__main__":
    sys.exit(main())
