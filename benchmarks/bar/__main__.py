"""Hold `auto` against random, case by case: python -m benchmarks.bar DATA.

DATA is a folder with the sets that `sets.py` names. A labeled set is chosen from with its labels
("labels"), as a pool of annotated rows is, and without them ("vectors"); the judge is the accuracy
of a logistic regression on rows that were never in the pool. A target is judged by the surprise of
other rows of its source. Each case has some splits; the difference to the mean of three random
subsets is paired by split, and significant where its 95% interval (Student) leaves out 0.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t

from benchmarks.bar.sets import TARGETS, TEXTS, VECTORS, aimed, labeled
from cribble.core import Budget, Groups, Pool, TextBlock
from cribble.metrics import linear_probe, surprises
from cribble.selectors.automatic.auto import Auto
from cribble.selectors.baselines.random import Random

BUDGETS = (0.01, 0.02, 0.05, 0.10, 0.20)
DRAWS = 3


class Case(NamedTuple):
    """One set, one way to see it, one budget, all splits."""

    name: str
    sees: str
    share: float
    random: float
    differences: list[float]
    chosen: list[str]

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the mean difference."""
        gaps = np.array(self.differences)
        reach = t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / math.sqrt(len(gaps))
        return float(gaps.mean() - reach), float(gaps.mean() + reach)

    @property
    def outcome(self) -> str:
        low, high = self.interval
        return "better" if low > 0 else "worse" if high < 0 else "same"


def pool_of(vectors: Any, labels: Any = None) -> Pool:
    groups = {}
    if labels is not None:
        names = tuple(map(str, range(int(labels.max()) + 1)))
        groups = {"label": Groups(labels, names)}
    return Pool.from_array(vectors, groups=groups)


def contest(pools: dict[str, Pool], value: Any, share: float, seed: int) -> Iterator[Any]:
    """The difference of auto to random on each view of one split; larger is better."""
    budget = Budget(share=share)
    first = next(iter(pools.values()))
    seeds = [seed, 1_000 + seed, 2_000 + seed]
    random = [value(np.sort(Random().select(first, budget, one).indices)) for one in seeds]
    for sees, pool in pools.items():
        chosen = Auto().select(pool, budget, seed)
        told = chosen.stats["auto"]["chosen"]
        # Random itself is not held against other draws of random.
        gap = 0.0 if told == "random" else value(np.sort(chosen.indices)) - np.mean(random)
        yield sees, float(np.mean(random)), float(gap), told


def run(name: str, folder: Path, splits: int, views: list[str]) -> list[Case]:
    cases: dict[Any, tuple[list[float], list[float], list[str]]] = {}
    found: Any = aimed if name in TARGETS else labeled
    for seed, one in enumerate(found(folder, name, splits)):
        if name in TARGETS:
            aim = Pool(
                len(one.target_texts),
                signals={"embedding": one.target_vectors},
                texts=one.target_texts,
            )
            whole = Pool(
                len(one.texts),
                signals={"embedding": one.vectors},
                texts=one.texts,
                targets=(aim,),
            )
            pools, held = {"target": whole}, [TextBlock.from_strings(one.held_texts)]

            def value(picks: Any, one: Any = one, held: Any = held) -> float:
                nats, tokens = surprises(
                    [TextBlock.from_strings([one.texts[i] for i in picks])], held
                )
                return -float(nats.sum() / tokens.sum())
        else:
            pools = {"labels": pool_of(one.vectors, one.labels), "vectors": pool_of(one.vectors)}

            def value(picks: Any, one: Any = one, held: Any = None) -> float:
                told = linear_probe(one.vectors[picks], one.labels[picks], one.queries)
                return float((told == one.truth).mean())

        pools = {sees: pool for sees, pool in pools.items() if sees in views}
        for share in BUDGETS if pools else ():
            for sees, random, gap, chosen in contest(pools, value, share, seed):
                seen = cases.setdefault((sees, share), ([], [], []))
                for place, item in enumerate((random, gap, chosen)):
                    seen[place].append(item)
    return [
        Case(name, sees, share, float(np.mean(random)), gaps, chosen)
        for (sees, share), (random, gaps, chosen) in cases.items()
    ]


def show(case: Case) -> str:
    low, high = case.interval
    names = {one: case.chosen.count(one) for one in dict.fromkeys(case.chosen)}
    took = ", ".join(f"{one} {count}" for one, count in names.items())
    return (
        f"{case.name:<26} {case.sees:<8} {case.share:>4.0%} {case.random:>8.3f} "
        f"{np.mean(case.differences):>+8.3f} {low:>+8.3f} {high:>+8.3f}  {case.outcome:<7} {took}"
    )


def summary(cases: list[Case]) -> list[str]:
    lines = []
    views = {"labels": ["labels"], "vectors": ["vectors"], "target": ["target"]}
    views |= {"labels and target": ["labels", "target"]}
    for title, sees in views.items():
        some = [one.outcome for one in cases if one.sees in sees]
        if some:
            better, worse = some.count("better"), some.count("worse")
            lines.append(
                f"{title}: {better} of {len(some)} better ({better / len(some):.0%}), {worse} worse"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder with the sets")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--only", default="", help="names of sets, with commas")
    parser.add_argument(
        "--sees", default="labels,vectors,target", help="what pools show, with commas"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a case")
    asked = parser.parse_args()
    names = [*TEXTS, *VECTORS, *TARGETS]
    began, cases = time.process_time(), []
    print(f"{'set':<26} {'sees':<8} {'k':>4} {'random':>8} {'gain':>8} {'low':>8} {'high':>8}")
    for name in asked.only.split(",") if asked.only else names:
        found = run(name, asked.data, asked.splits, asked.sees.split(","))
        for case in sorted(found, key=lambda one: one.sees):
            cases.append(case)
            told = json.dumps({**case._asdict(), "outcome": case.outcome})
            print(told if asked.json else show(case), flush=True)
    print("\n".join(summary(cases)))
    print(f"{time.process_time() - began:.0f} CPU seconds")


if __name__ == "__main__":
    main()
