"""How often intervals of a mean miss it, at few repeats: python -m benchmarks.bar.intervals.

`compare` uses the symmetric bootstrap-t (`cribble.metrics.bootstrap_interval`). Beside it stand the
intervals that could take its place. All samples of a cell are resampled by one plan, so that a cell
is a few matrix products. No cell counts what `compare` adds for repeats that share rows.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

Floats = NDArray[np.float64]

DRAWS = ("normal", "exponential", "lognormal", "Student, 3 df", "discrete")
METHODS = ("Student", "symmetric bootstrap-t", "equal-tailed bootstrap-t", "BCa", "sign flips")
_RESAMPLES, _SHIFT = 1_999, 1.5


def drawn(name: str, shape: tuple[int, int], draws: np.random.Generator) -> tuple[Floats, float]:
    """Samples of mean 0, and their standard deviation."""
    if name == "normal":
        return draws.normal(size=shape), 1.0
    if name == "exponential":
        return draws.exponential(size=shape) - 1, 1.0
    if name == "lognormal":
        return draws.lognormal(size=shape) - np.exp(0.5), float(np.sqrt((np.e - 1) * np.e))
    if name == "discrete":
        # As the difference of two accuracies on 20 rows; the noise breaks ties.
        one, other = draws.binomial(20, 0.05, size=(2, *shape)) / 20
        return one - other + 1e-9 * draws.normal(size=shape), float(np.sqrt(2 * 0.05 * 0.95 / 20))
    return draws.standard_t(3, size=shape), float(np.sqrt(3))


def intervals(values: Floats, risk: float, draws: np.random.Generator) -> dict[str, Any]:
    """Lower and upper ends of each method, (samples,) each."""
    repeats = values.shape[1]
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(repeats)
    plan = draws.multinomial(repeats, np.full(repeats, 1 / repeats), size=_RESAMPLES)
    offsets = values - mean[:, None]
    means = offsets @ plan.T / repeats
    spread = np.maximum(offsets**2 @ plan.T / repeats - means**2, 0) / (repeats - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        equal = spread <= 1e-24 * error[:, None] ** 2
        ratios = np.where(equal, np.copysign(np.inf, means), means / np.sqrt(spread))
    reach = t.ppf(1 - risk / 2, repeats - 1) * error
    rank = int(np.ceil((1 - risk) * (_RESAMPLES + 1))) - 1
    even = np.sort(np.abs(ratios), axis=1)[:, rank] * error
    low = int(np.floor(risk / 2 * (_RESAMPLES + 1))) - 1
    tails = np.sort(ratios, axis=1)[:, [low, _RESAMPLES - 1 - low]] * error[:, None]
    places = corrected(values, means, risk)
    shifts = np.take_along_axis(np.sort(means, axis=1), places, axis=1)
    return {
        "Student": (mean - reach, mean + reach),
        "symmetric bootstrap-t": (mean - even, mean + even),
        "equal-tailed bootstrap-t": (mean - tails[:, 1], mean - tails[:, 0]),
        "BCa": (mean + shifts[:, 0], mean + shifts[:, 1]),
    }


def corrected(values: Floats, means: Floats, risk: float) -> NDArray[np.int64]:
    """Ranks of the ends among the resampled means: bias-corrected and accelerated."""
    left_out = (values.sum(axis=1, keepdims=True) - values) / (values.shape[1] - 1)
    pull = left_out.mean(axis=1, keepdims=True) - left_out
    speed = (pull**3).sum(axis=1) / (6 * (pull**2).sum(axis=1) ** 1.5)
    bias = norm.ppf(np.clip((means < 0).mean(axis=1), 1 / _RESAMPLES, 1 - 1 / _RESAMPLES))
    whole = bias[:, None] + norm.ppf([risk / 2, 1 - risk / 2])
    levels = norm.cdf(bias[:, None] + whole / (1 - speed[:, None] * whole))
    return np.clip((levels * _RESAMPLES).astype(np.int64), 0, _RESAMPLES - 1)


def flipped(values: Floats, risk: float, draws: np.random.Generator) -> NDArray[np.bool_]:
    """Whether the test that flips signs rejects a mean of 0."""
    repeats = values.shape[1]
    signs = np.vstack([np.ones(repeats), draws.choice([-1, 1], size=(_RESAMPLES, repeats))])
    if repeats <= 10:
        signs = 1.0 - 2 * (np.arange(1 << repeats)[:, None] >> np.arange(repeats) & 1)
    sums = np.abs(values @ signs.T)
    found: NDArray[np.bool_] = (sums >= sums[:, :1] * (1 - 1e-12)).mean(axis=1) <= risk
    return found


def line(name: str, repeats: int, risk: float, samples: int) -> str:
    """One row of the table: misses, and in brackets who sees a shift of 1.5 deviations."""
    draws = np.random.default_rng(repeats)
    values, deviation = drawn(name, (samples, repeats), draws)
    shift = _SHIFT * deviation
    cells = [
        f"{np.mean((low > 0) | (high < 0)):.1%} ({np.mean(low > -shift):.0%})"
        for low, high in intervals(values, risk, draws).values()
    ]
    missed, seen = flipped(values, risk, draws), flipped(values + shift, risk, draws)
    cells.append(f"{missed.mean():.1%} ({seen.mean():.0%})")
    return f"| {name} | {repeats} | {risk:.2%} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=4_000)
    parser.add_argument("--repeats", default="5,10,20")
    parser.add_argument("--risks", default="0.05,0.0125")
    asked = parser.parse_args()
    print(f"| differences | repeats | risk | {' | '.join(METHODS)} |")
    print("| --- " * (3 + len(METHODS)) + "|")
    for name in DRAWS:
        for repeats in map(int, asked.repeats.split(",")):
            for risk in map(float, asked.risks.split(",")):
                print(line(name, repeats, risk, asked.samples), flush=True)


if __name__ == "__main__":
    main()
