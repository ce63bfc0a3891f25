"""GIST with a linear utility: maximize the sum of k weights plus the least distance.

Peers take the factor of the distance, here 1: much more, and the best set is one pair of far rows.
Ours takes the balance of the mean weight and the share of the diameter, which is the same thing
for k rows once the diameter is known and the weights run from 0 to 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture

LAMBDA = 1.0
EPSILON = 0.05


def make_input(order: Order) -> Inputs:
    x = mixture(order.seed, order.size["n"], order.size["d"])
    weights = np.random.default_rng(order.seed + 1).random(len(x))
    weights[:2] = 0, 1
    return {"x": x, "weights": weights, "diameter": np.array([diameter(x)])}


def diameter(x: NDArray[Any]) -> float:
    """Distance from the row farthest from the mean to the row farthest from that."""
    end = int(((x - x.mean(axis=0)) ** 2).sum(axis=1).argmax())
    return float(np.sqrt(((x - x[end]) ** 2).sum(axis=1).max()))


def cribble(inputs: Inputs, size: Size) -> Picks:
    from cribble.core import Budget, Pool
    from cribble.selectors.catalogue import make

    pool = Pool.from_array(inputs["x"], signals={"quality": inputs["weights"]})
    alpha = size["k"] / (size["k"] + LAMBDA * float(inputs["diameter"][0]))
    return make("gist", alpha=alpha, eps=EPSILON).select(pool, Budget(rows=size["k"])).indices


def divsel(inputs: Inputs, size: Size) -> list[int]:
    from divsel import gist_select

    return gist_select(
        inputs["x"],
        inputs["weights"],
        k=size["k"],
        lam=LAMBDA,
        eps=EPSILON,
        metric="euclidean",
        diameter="approx",
    )


def gist_select(inputs: Inputs, size: Size) -> Picks:
    from gist import EuclideanDistance, LinearUtility, gist

    utility = LinearUtility(inputs["weights"])
    found = gist(
        inputs["x"], utility, EuclideanDistance(), k=size["k"], lam=LAMBDA, eps=EPSILON, seed=0
    )
    return np.asarray(found.indices)


def evaluate(inputs: Inputs, size: Size, picks: Picks) -> float:
    chosen = inputs["x"][picks].astype(np.float64)
    gaps = np.sqrt(((chosen[:, None] - chosen[None]) ** 2).sum(axis=2))
    np.fill_diagonal(gaps, np.inf)
    least = gaps.min() if len(picks) > 1 else 0.0
    return float(inputs["weights"][picks].sum() + LAMBDA * least)


def floor(inputs: Inputs, size: Size) -> Work:
    # Two passes over the rows find the ends of the pool; the thresholds touch few rows.
    return Work(flop=4.0 * size["n"] * size["d"], bytes=8.0 * size["n"] * size["d"])


CASES = tuple(
    Case(
        name=name,
        summary=f"sum of weights + least distance, {n:,} x 128, k = 100",
        size={"n": n, "d": 128, "k": 100},
        tiny={"n": 400, "d": 128, "k": 10},
        make_input=make_input,
        floor=floor,
        contenders=contenders,
        evaluate=evaluate,
    )
    for name, n, contenders in (
        (
            "gist_100k",
            100_000,
            {OURS: cribble, "divsel": divsel, "gist-select": gist_select},
        ),
        ("gist_1m", 1_000_000, {OURS: cribble, "divsel": divsel}),
    )
)
