"""The Vendi score of all rows, where the value is the score itself."""

from __future__ import annotations

import numpy as np

from harness.case import OURS, Case, Inputs, Order, Picks, Size, Work
from harness.inputs import mixture


def make_input(order: Order) -> Inputs:
    return {"x": mixture(order.seed, order.size["n"], order.size["d"])}


def cribble(inputs: Inputs, size: Size) -> Picks:
    from cribble.metrics import vendi_score

    return np.array([[vendi_score(inputs["x"])]])


def peer(inputs: Inputs, size: Size) -> Picks:
    """The dual form; the package's default holds n x n similarities, twice."""
    from vendi_score import vendi

    return np.array([[vendi.score_dual(inputs["x"])]])


CASES = (
    Case(
        name="vendi_50k",
        summary="Vendi score with the cosine kernel, 50,000 x 128",
        size={"n": 50_000, "d": 128},
        tiny={"n": 5_000, "d": 128},
        make_input=make_input,
        floor=lambda inputs, size: Work(
            flop=1.0 * size["n"] * size["d"] ** 2, bytes=4.0 * size["n"] * size["d"]
        ),
        contenders={OURS: cribble, "vendi-score (dual)": peer},
        evaluate=lambda inputs, size, found: float(np.ravel(found)[0]),
    ),
)
