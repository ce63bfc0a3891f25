"""Thinning under a Gaussian kernel; the value is the distance of the picks' kernel mean (MMD).

The width is the median distance of two rows, the same for all contenders. Of more than 20,000 rows
the distance is taken in 4,096 random Fourier features of the kernel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.case import OURS, Case, Inputs, Order, Size, Work
from harness.inputs import mixture

_BLOCK = 1024


def make_input(order: Order) -> Inputs:
    x = mixture(order.seed, order.size["n"], order.size["d"])
    some = x[:1000].astype(np.float64)
    gaps = ((some[:, None] - some[None]) ** 2).sum(axis=2)
    return {"x": x, "width": np.sqrt(np.median(gaps[np.triu_indices(len(some), 1)]))[None]}


def evaluate(inputs: Inputs, size: Size, answer: NDArray[np.int64]) -> float:
    x, width = inputs["x"].astype(np.float64), float(inputs["width"][0])
    if len(x) > 20_000:
        return _distance_of_features(x / width, answer)

    def mean(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        total = 0.0
        for start in range(0, len(one), _BLOCK):
            block = one[start : start + _BLOCK]
            gaps = (block**2).sum(1)[:, None] - 2 * block @ other.T + (other**2).sum(1)
            total += float(np.exp(np.maximum(gaps, 0) / (-2 * width**2)).sum())
        return total / len(one) / len(other)

    picked = x[answer]
    return float(np.sqrt(max(0.0, mean(x, x) - 2 * mean(x, picked) + mean(picked, picked))))


def _distance_of_features(x: NDArray[np.float64], answer: NDArray[np.int64]) -> float:
    rng = np.random.default_rng(0)
    waves, phases = rng.normal(size=(x.shape[1], 4096)), rng.uniform(0, 2 * np.pi, 4096)

    def mean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        blocks = range(0, len(rows), _BLOCK)
        parts = (np.cos(rows[low : low + _BLOCK] @ waves + phases).sum(axis=0) for low in blocks)
        return sum(parts) / len(rows)

    return float(np.sqrt(2 * np.mean((mean(x[answer]) - mean(x)) ** 2)))


def cribble(inputs: Inputs, size: Size) -> NDArray[np.int64]:
    from cribble import core
    from cribble.selectors.coresets.kernel_thinning import KernelThinning

    method = KernelThinning(width=float(inputs["width"][0]))
    return method.select(core.Pool.from_array(inputs["x"]), core.Budget(rows=size["k"])).indices


def goodpoints(oversampling: int) -> Any:
    def run(inputs: Inputs, size: Size) -> NDArray[np.int64]:
        from goodpoints.compress import compresspp_kt

        # It thins 4^s rows to 2^s: k of our sizes is that.
        x, scale = inputs["x"].astype(np.float64), 2 * inputs["width"] ** 2
        return compresspp_kt(x, b"gaussian", scale, g=oversampling, seed=1)

    return run


CONTENDERS = {
    OURS: cribble,
    "goodpoints (g = 4)": goodpoints(4),
    "goodpoints (g = 0)": goodpoints(0),
}


def _case(name: str, n: int, d: int, k: int) -> Case:
    return Case(
        name=name,
        summary=f"distance of kernel means, {n:,} x {d} to {k}",
        size={"n": n, "d": d, "k": k},
        tiny={"n": 256, "d": d, "k": 16},
        make_input=make_input,
        floor=lambda inputs, size: Work(bytes=4.0 * size["n"] * size["d"]),
        contenders=CONTENDERS,
        evaluate=evaluate,
        larger_is_better=False,
    )


CASES = (
    _case("kernel_thinning", 16_384, 2, 128),
    _case("kernel_thinning_32", 16_384, 32, 128),
    _case("kernel_thinning_262k", 262_144, 16, 512),
)
