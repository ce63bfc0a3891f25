"""What the race of `auto` costs, and the method it takes: python -m benchmarks.bar.cost.

Pools of clustered rows, which differ in size and in what they show. CPU seconds of this process,
all threads, as each run's ``stats`` tell them, after a first call that loads compiled code: of the
race, and of the method that it takes on the whole pool; of some runs the least of each. The lead is
that over random subsets, on rows that were held out.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from benchmarks.harness.inputs import mixture
from cribble.core import Budget, Pool
from cribble.selectors.automatic.auto import Auto

SIZES = (1_000, 10_000, 100_000, 1_000_000)
VIEWS = ("labels", "target", "vectors")
_DIM, _CLASSES, _WORDS, _TARGET = 64, 10, 2_000, 200


def pool_of(sees: str, rows: int) -> Pool:
    """Make a pool of so many rows."""
    rng = np.random.default_rng(rows)
    if sees == "target":
        kinds = rng.integers(8, size=rows)
        target = Pool(_TARGET, texts=_texts(np.zeros(_TARGET, dtype=np.int64), rng))
        return Pool(rows, texts=_texts(kinds, rng), targets=(target,))
    vectors = mixture(1, rows, _DIM)
    if sees == "vectors":
        return Pool.from_array(vectors)
    # Classes that a linear classifier gets about right: the nearest of ten directions.
    labels = (vectors @ rng.normal(size=(_DIM, _CLASSES))).argmax(axis=1)
    return Pool.from_array(vectors, groups={"label": labels.tolist()})


def _texts(kinds: Any, rng: np.random.Generator) -> list[str]:
    """Sixty words each, most of them from the kind's own end of the vocabulary."""
    words = np.array([f"word{one}" for one in range(_WORDS)])
    drawn = (rng.zipf(1.3, size=(len(kinds), 60)) + 200 * kinds[:, None]) % _WORDS
    return [" ".join(words[one]) for one in drawn]


def line(sees: str, rows: int, repeats: int) -> str:
    """One row of the table."""
    pool, budget = pool_of(sees, rows), Budget(rows=min(1_000, rows // 20))
    runs = [Auto().select(pool, budget).stats["auto"] for _ in range(repeats)]
    raced, alone = (min(one["cpu_seconds"][part] for one in runs) for part in ("race", "method"))
    told = runs[0]
    lead = max((one["lead"] for one in told["tried"].values()), default=0.0)
    return (
        f"| {sees} | {rows:,} | {budget.rows:,} | {told['sample']['rounds']} | {raced:.3f} "
        f"| {told['chosen']} | {alone:.3f} | {raced / alone:.2f} | {lead:+.3g} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--views", default=",".join(VIEWS))
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    print("| sees | rows | picks | rounds | race, CPU s | takes | its CPU s | ratio | lead |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for sees in asked.views.split(","):
        warm = pool_of(sees, 400)
        Auto().select(warm, Budget(rows=20))
        for rows in map(int, asked.sizes.split(",")):
            print(line(sees, rows, asked.repeats), flush=True)


if __name__ == "__main__":
    main()
