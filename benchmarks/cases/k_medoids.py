"""K-medoids; the value is the summed Euclidean distance of all rows to the nearest pick."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture

SAMPLE = 10_000


def make_input(order: Order) -> Inputs:
    return {"x": mixture(order.seed, order.size["n"], order.size["d"])}


def cribble(inputs: Inputs, size: Size) -> Picks:
    from cribble.core import Budget, Pool
    from cribble.selectors.catalogue import make

    pool = Pool.from_array(inputs["x"])
    return make("k-medoids").select(pool, Budget(rows=size["k"])).indices


def fasterpam(inputs: Inputs, size: Size) -> Any:
    """On the full matrix; of more rows than 10,000, on a random sample."""
    import kmedoids

    n = len(inputs["x"])
    rows = np.arange(n)
    if n > SAMPLE:
        rows = np.random.default_rng(0).choice(n, SAMPLE, replace=False)
    x = inputs["x"][rows]
    squares = np.einsum("ij,ij->i", x, x)
    table = x @ x.T
    table *= -2
    table += squares
    table += squares[:, None]
    np.maximum(table, 0, out=table)
    np.sqrt(table, out=table)
    np.fill_diagonal(table, 0)
    return rows[kmedoids.fasterpam(table, size["k"], random_state=0).medoids.astype(np.int64)]


def evaluate(inputs: Inputs, size: Size, picks: Picks) -> float:
    chosen, total = inputs["x"][picks].astype(np.float64), 0.0
    for start in range(0, len(inputs["x"]), 4096):
        block = inputs["x"][start : start + 4096].astype(np.float64)
        gaps = (block**2).sum(1)[:, None] - 2 * block @ chosen.T + (chosen**2).sum(1)
        total += float(np.sqrt(np.maximum(gaps.min(axis=1), 0)).sum())
    return total


def floor(inputs: Inputs, size: Size) -> Work:
    return Work(flop=2.0 * min(size["n"], SAMPLE) ** 2 * size["d"])


def _case(name: str, n: int, peer: str) -> Case:
    return Case(
        name=name,
        summary=f"summed distance to 100 medoids, {n:,} x 64",
        size={"n": n, "d": 64, "k": 100},
        # Large enough to compile what samples need.
        tiny={"n": 1_200, "d": 64, "k": 10},
        make_input=make_input,
        floor=floor,
        contenders={OURS: cribble, peer: fasterpam},
        evaluate=evaluate,
        larger_is_better=False,
    )


CASES = (
    _case("k_medoids_10k", 10_000, "kmedoids (FasterPAM)"),
    _case("k_medoids_100k", 100_000, "kmedoids (a sample of 10,000)"),
)
