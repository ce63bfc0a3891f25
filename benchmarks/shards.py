"""What selection in two rounds loses, simulated with 2 to 64 shards: python benchmarks/shards.py.

Prints, for facility location (all targets, and a sample of them) and for GIST, how much of the
value of one search over all rows is missing, as the mean and the worst over seeds, and the largest
loss that the certificate allows. All facility locations are measured by the function over all
rows; a sample may miss more than its certificate, which is of the sampled function, says. Where a
shard has few more rows than are picked, all enter the second round and nothing can be lost: so the
share that does is printed too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cribble.core import Budget, Pool, Selection, Selector
from cribble.objectives.facility_location import Affinity, FacilityLocation
from cribble.selectors import catalogue
from harness.inputs import mixture

SHARDS = (2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Contest:
    """One method over shards, and the one search that it stands in for."""

    name: str
    whole: Selector
    sharded: Callable[[int], Selector]
    value: Callable[[Pool, Selection], float]


def coverage(pool: Pool, chosen: Selection) -> float:
    objective = FacilityLocation(Affinity.of(pool.signal("embedding"), "phantom"))
    return sum(objective.add(int(row)) for row in chosen.indices)


def contests(sample: int) -> tuple[Contest, ...]:
    make = catalogue.make
    return (
        Contest(
            "facility location, exact",
            make("facility-location", form="exact"),
            lambda shards: make("rand-greedi", form="exact", shards=shards),
            coverage,
        ),
        Contest(
            f"facility location, {sample} targets",
            make("facility-location", form="sample", sample=sample),
            lambda shards: make("rand-greedi", form="sample", sample=sample, shards=shards),
            coverage,
        ),
        Contest(
            "gist",
            make("gist"),
            lambda shards: make("gist", shards=shards),
            lambda _, chosen: float(chosen.value or 0.0),
        ),
    )


def losses(
    contest: Contest, pool: Pool, k: int, shards: int, seeds: Sequence[int]
) -> tuple[float, float, float, float]:
    """Mean and worst loss, the largest that is certified, and the share in the second round."""
    missing, allowed, second = [], [], []
    for seed in seeds:
        best = contest.value(pool, contest.whole.select(pool, Budget(rows=k), seed))
        chosen = contest.sharded(shards).select(pool, Budget(rows=k), seed)
        missing.append(1 - contest.value(pool, chosen) / best)
        allowed.append(float(chosen.stats["lost"]))
        second.append(chosen.stats["candidates"] / len(pool))
    return float(np.mean(missing)), max(missing), max(allowed), max(second)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=16_000)
    parser.add_argument("--dim", type=int, default=32)
    parser.add_argument("--picks", default="20,100", help="budgets, with commas between")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    rows = mixture(0, asked.rows, asked.dim)
    quality = np.random.default_rng(1).random(asked.rows)
    pool = Pool.from_array(rows, signals={"quality": quality})
    print(f"{asked.rows:,} rows of {asked.dim} numbers, {asked.seeds} seeds; lost: mean / worst")
    print(f"{'method':<32}{'k':>6}{'shards':>8}{'lost':>18}{'certified':>12}{'second round':>14}")
    for contest in contests(asked.rows // 4):
        for k in map(int, asked.picks.split(",")):
            for shards in SHARDS:
                mean, worst, allowed, second = losses(contest, pool, k, shards, range(asked.seeds))
                lost = f"{mean:8.2%} /{worst:7.2%}"
                print(f"{contest.name:<32}{k:>6}{shards:>8}{lost:>18}{allowed:>12.1%}", end="")
                print(f"{second:>14.1%}", flush=True)


if __name__ == "__main__":
    main()
