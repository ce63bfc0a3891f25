"""Farthest-first traversal from row 0; the value is the covering radius."""

from __future__ import annotations

import numpy as np

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture


def make_input(order: Order) -> Inputs:
    return {"x": mixture(order.seed, order.size["n"], order.size["d"])}


def cribble(inputs: Inputs, size: Size) -> Picks:
    from cribble.core import Budget, Pool
    from cribble.selectors.catalogue import make

    pool = Pool.from_array(inputs["x"])
    return make("k-center").select(pool, Budget(rows=size["k"], keep=[0])).indices


def plain_numpy(inputs: Inputs, size: Size) -> list[int]:
    x = inputs["x"]
    squares = np.einsum("ij,ij->i", x, x)
    gaps, picks = np.full(len(x), np.inf, dtype=np.float32), [0]
    while len(picks) < size["k"]:
        last = picks[-1]
        np.minimum(gaps, squares - 2 * (x @ x[last]) + squares[last], out=gaps)
        gaps[picks] = -1
        picks.append(int(gaps.argmax()))
    return picks


def evaluate(inputs: Inputs, size: Size, picks: Picks) -> float:
    chosen, radius = inputs["x"][picks].astype(np.float64), 0.0
    for start in range(0, len(inputs["x"]), 4096):
        block = inputs["x"][start : start + 4096].astype(np.float64)
        gaps = (block**2).sum(1)[:, None] - 2 * block @ chosen.T + (chosen**2).sum(1)
        radius = max(radius, float(gaps.min(axis=1).max()))
    return float(np.sqrt(radius))


def floor(inputs: Inputs, size: Size) -> Work:
    return Work(flop=2.0 * size["n"] * size["d"] * size["k"], bytes=4.0 * size["n"] * size["d"])


CASES = (
    Case(
        name="k_center_100k",
        summary="covering radius, 100,000 x 384, k = 1,000",
        size={"n": 100_000, "d": 384, "k": 1_000},
        tiny={"n": 400, "d": 384, "k": 10},
        make_input=make_input,
        floor=floor,
        contenders={OURS: cribble, "plain NumPy": plain_numpy},
        evaluate=evaluate,
        larger_is_better=False,
    ),
)
