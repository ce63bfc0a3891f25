"""Methods of coverage at a million rows, given embeddings, labels and difficulties; without peers.

The value is the mean distance of 2,000 rows to their nearest pick.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture

LABELS = 10
METHODS = ("ccs", "density-tags", "hierarchical-kmeans")


def make_input(order: Order) -> Inputs:
    """Labels follow the rows: which of ten of them is nearest."""
    x = mixture(order.seed, order.size["n"], order.size["d"])
    label = np.argmax(x @ x[:LABELS].T - (x[:LABELS] ** 2).sum(axis=1) / 2, axis=1)
    difficulty = np.random.default_rng(order.seed).standard_normal(len(x), dtype=np.float32)
    return {"x": x, "label": label, "difficulty": difficulty}


def method(name: str) -> Any:
    def run(inputs: Inputs, size: Size) -> Picks:
        from cribble.core import Budget, Pool
        from cribble.selectors.catalogue import make

        signals = {"embedding": inputs["x"], "difficulty": inputs["difficulty"]}
        groups = {"group": inputs["label"].astype(str)}
        pool = Pool(len(inputs["x"]), signals=signals, groups=groups)
        return make(name).select(pool, Budget(rows=size["k"])).indices

    return run


def evaluate(inputs: Inputs, size: Size, picks: Picks) -> float:
    some = np.linspace(0, len(inputs["x"]) - 1, 2_000).astype(np.int64)
    rows, chosen = (inputs["x"][one].astype(np.float64) for one in (some, picks))
    squares = (rows**2).sum(1)[:, None] - 2 * rows @ chosen.T + (chosen**2).sum(1)
    return float(np.sqrt(np.maximum(squares.min(axis=1), 0)).mean())


CASES = tuple(
    Case(
        name=f"{name.replace('-', '_')}_1m",
        summary=f"mean distance to the nearest pick of {name}, 1M x 64, k = 10,000",
        size={"n": 1_000_000, "d": 64, "k": 10_000},
        tiny={"n": 1_000, "d": 64, "k": 10},
        make_input=make_input,
        floor=lambda inputs, size: Work(bytes=4.0 * size["n"] * size["d"]),
        contenders={OURS: method(name), "random": method("random")},
        evaluate=evaluate,
        larger_is_better=False,
    )
    for name in METHODS
)
