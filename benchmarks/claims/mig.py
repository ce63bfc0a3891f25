"""MIG: more labels than random or the best rows alone, at a quality above random."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.selectors.baselines.top_score import TopScore
from cribble.selectors.diversity.mig import Mig

ROWS, MANY, FEW = 100, 150, 30


def run() -> dict[str, object]:
    """Pick 100 digits where five classes are five times as common; quality is a model's margin."""
    digits = load_digits()
    order = core.stream(0, "pool of the claim").permutation(len(digits.target))
    model = LogisticRegression(max_iter=500).fit(
        digits.data[order[:180]] / 16, digits.target[order[:180]]
    )
    rest = order[180:]
    of_class = [rest[digits.target[rest] == digit] for digit in range(10)]
    rows = np.concatenate([own[: MANY if at < 5 else FEW] for at, own in enumerate(of_class)])
    label = digits.target[rows]
    chances = np.sort(model.predict_proba(digits.data[rows] / 16), axis=1)
    quality = chances[:, -1] - chances[:, -2]
    pool = core.Pool.from_array(
        digits.data[rows], signals={"quality": quality}, groups={"label": label}
    )

    def seen(method: core.Selector, seed: int = 0) -> tuple[float, float]:
        picks = method.select(pool, core.Budget(rows=ROWS), seed).indices
        share = np.bincount(label[picks], minlength=10) / ROWS
        entropy = -float(share[share > 0] @ np.log(share[share > 0]))
        return entropy, float(quality[picks].mean())

    mig, top = seen(Mig()), seen(TopScore())
    random = np.mean([seen(Random(), seed) for seed in range(20)], axis=0)
    return {
        "method": "mig",
        "paper_says": "Chen et al. (2025): it spreads quality over the labels, where sampling "
        "follows the pool and ranking the quality",
        "we_saw": f"entropy of the labels of {ROWS} picks and mean quality: mig {mig[0]:.3f} and "
        f"{mig[1]:.3f}, random {random[0]:.3f} and {random[1]:.3f}, best quality {top[0]:.3f} and "
        f"{top[1]:.3f}; at most ln 10 = {np.log(10):.3f}",
        "holds": bool(mig[0] > max(random[0], top[0]) and mig[1] > random[1]),
    }
