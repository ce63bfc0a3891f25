"""How a method's cost grows with the pool."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture

SIZES = (10_000, 30_000, 100_000)
LARGE = (300_000, 1_000_000)
_D, _K = 64, 100


def growth_case(asked: str) -> Case:
    """One method of the catalogue on a pool that has whatever a card may ask for, but text.

    Args:
        asked: The method, and perhaps parameters: "facility-location,form=sample,sample=5000".
    """
    method, *pairs = asked.split(",")
    parameters = {name: _read(value) for name, value in (pair.split("=") for pair in pairs)}

    def run(inputs: Inputs, size: Size) -> Picks:
        from cribble.core import Budget, Pool
        from cribble.selectors.catalogue import make

        x = inputs["x"]
        quality = (np.arange(len(x)) * 0.6180339887) % 1.0
        pool = Pool.from_array(
            x,
            signals={"quality": quality},
            groups={name: np.arange(len(x)) % 10 for name in ("group", "label")},
            targets=(Pool.from_array(inputs["target"]),),
        )
        return make(method, **parameters).select(pool, Budget(rows=size["k"]), seed=0).indices

    def make_input(order: Order) -> Inputs:
        rows = mixture(order.seed, order.size["n"] + 100, _D)
        return {"x": rows[100:].copy(), "target": rows[:100].copy()}

    return Case(
        name=f"growth:{asked}",
        summary=f"{asked}, {_K} of n rows of {_D} numbers",
        size={"n": SIZES[0], "k": _K},
        tiny={"n": 1_000, "k": 10},
        make_input=make_input,
        floor=lambda inputs, size: Work(bytes=4.0 * size["n"] * _D),
        contenders={OURS: run},
        evaluate=lambda inputs, size, picks: float(len(picks)),
    )


def _read(value: str) -> Any:
    """Take a parameter for a number or a flag where it reads as one."""
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """Slope of log cost over log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(costs, 1e-9)), 1)[0])
