"""Herding: the distance of means falls faster than that of random subsets."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.selectors.coresets.herding import Herding

SIZES, SEEDS = (16, 64, 256), 20


def run() -> dict[str, object]:
    """Summarize the digits in their first eight principal components by 16, 64 and 256 rows."""
    X = load_digits().data
    X = X - X.mean(axis=0)
    X = X @ np.linalg.svd(X, full_matrices=False)[2][:8].T
    pool = core.Pool.from_array(X)
    width = Herding().select(pool, core.Budget(rows=1)).stats["width"]
    gaps = (X**2).sum(axis=1)
    K = np.exp(-np.maximum(gaps[:, None] + gaps - 2 * X @ X.T, 0) / (2 * width**2))

    def distance(rows: np.ndarray) -> float:
        square = K.mean() - 2 * K[rows].mean() + K[np.ix_(rows, rows)].mean()
        return float(np.sqrt(max(square, 0)))

    ours = [distance(Herding().select(pool, core.Budget(rows=k)).indices) for k in SIZES]
    random = [
        float(np.mean([distance(Random().select(pool, core.Budget(rows=k), seed).indices)
                       for seed in range(SEEDS)]))
        for k in SIZES
    ]  # fmt: skip
    slope = float(np.polyfit(np.log(SIZES), np.log(ours), 1)[0])
    return {
        "method": "herding",
        "paper_says": "Chen et al. (2010): the error of herding falls as 1 / k in the best case, "
        "that of random samples as k^-1/2",
        "we_saw": "distance of kernel means, herding and random: "
        + ", ".join(f"{k} rows {a:.4f} and {b:.4f}"
                    for k, a, b in zip(SIZES, ours, random, strict=True))
        + f"; herding falls as k^{slope:.2f} ({len(X)} digits)",
        "holds": bool(slope < -0.6 and all(a < b for a, b in zip(ours, random, strict=True))),
    }  # fmt: skip
