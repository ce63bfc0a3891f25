"""Random: the mean of a sample varies as the theory of sampling without replacement says."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble import core
from cribble.selectors.baselines.random import Random


def run() -> dict[str, object]:
    """Compare the variance of the sample mean over 600 seeds with (1 - k/n) S^2 / k."""
    values = load_digits().data.sum(axis=1)
    n, k = len(values), 180
    pool = core.Pool(n)
    means = [
        values[Random().select(pool, core.Budget(rows=k), seed).indices].mean()
        for seed in range(600)
    ]
    ratio = np.var(means, ddof=1) / ((1 - k / n) * values.var(ddof=1) / k)
    # 600 draws know a variance within about 6 % (one standard deviation).
    return {
        "method": "random",
        "paper_says": "Cochran (1977), theorem 2.2: variance of the mean is (1 - k/n) S^2 / k",
        "we_saw": f"observed / theory = {ratio:.3f} (ink of {k} of {n} digits, 600 seeds)",
        "holds": bool(0.85 < ratio < 1.15),
    }
