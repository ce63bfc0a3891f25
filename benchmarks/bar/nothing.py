"""How often `compare` finds a winner where there is none: python -m benchmarks.bar.nothing.

Pools of normal rows, and methods that draw at random, each in its own way. Whatever a comparison
calls better or worse than random is a false alarm; its intervals share a risk of 5% among the
methods, half of it on either side.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from benchmarks.harness.inputs import mixture
from cribble.core import Budget, Card, Pool, Selection
from cribble.report import compare_methods
from cribble.report.outcome import MethodComparison
from cribble.selectors.baselines.random import Random
from cribble.selectors.baselines.stratified import Stratified

_ROWS, _DIM, _PICKS, _GROUPS = 240, 6, 24, 3
# Whether rows lie in clusters, and the labels that a probe learns where one judges.
_CASES = {"normal": (False, None), "clustered": (True, None), "labels": (False, "label")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Random with other seeds."""

    card: ClassVar[Card] = Card("other", family="baselines")
    salt: int

    def select(self, pool: Pool, budget: Budget, seed: int = 0) -> Selection:
        return Random().select(pool, budget, 1_000_003 * self.salt + seed)


def pool_of(structure: bool, seed: int) -> Pool:
    """Rows with groups and labels that hang on nothing."""
    draws = np.random.default_rng(seed)
    rows: Any = draws.normal(size=(_ROWS, _DIM))
    if structure:
        rows = mixture(seed, _ROWS, _DIM)
    groups = {name: draws.integers(_GROUPS, size=_ROWS).tolist() for name in ("group", "label")}
    return Pool.from_array(rows.astype(np.float32), groups=groups)


def compared(structure: bool, probe: str | None, repeats: int, seed: int) -> MethodComparison:
    # Shares of groups that hang on nothing are one more way to draw at random.
    methods = [*(Other(salt=salt) for salt in (1, 2, 3)), Stratified(by="group")]
    return compare_methods(
        pool_of(structure, seed), _PICKS, methods, repeats, 100 * seed, probe=probe
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--repeats", default="5,10")
    parser.add_argument("--cases", default=",".join(_CASES), help="which, with commas")
    asked = parser.parse_args()
    print("| rows | judged by | repeats | comparisons | one is better | one is worse | CPU s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for structure, probe in (_CASES[name] for name in asked.cases.split(",")):
        for repeats in map(int, asked.repeats.split(",")):
            began, seen = time.process_time(), Counter[str]()
            for seed in range(asked.seeds):
                found = compared(structure, probe, repeats, seed)
                seen.update({one.headline.outcome for one in found.results})
            print(
                f"| {'clustered' if structure else 'normal'} "
                f"| {'random labels' if probe else 'coverage'} | {repeats} | {asked.seeds} "
                f"| {seen['better'] / asked.seeds:.1%} | {seen['worse'] / asked.seeds:.1%} "
                f"| {time.process_time() - began:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
