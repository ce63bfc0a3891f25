"""K-center with outliers: the budget is not spent on noise, as plain k-center spends it."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble import core
from cribble.selectors.coverage.k_center import KCenter
from cribble.selectors.coverage.k_center_outliers import KCenterOutliers

NOISE, SIZES = 0.01, (50, 150, 250)


def run() -> dict[str, object]:
    """Add one percent of images of random pixels to the digits, and count them among the picks."""
    X = load_digits().data
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 17, (int(NOISE * len(X)), 64)).astype(float)
    pool = core.Pool.from_array(np.concatenate([X, noise]).astype(np.float32))

    def share(method: core.Selector, rows: int) -> float:
        return float((method.select(pool, core.Budget(rows=rows)).indices >= len(X)).mean())

    table = {k: (share(KCenter(), k), share(KCenterOutliers(outliers=0.02), k)) for k in SIZES}
    return {
        "method": "k-center-outliers",
        "paper_says": "Charikar et al. (2001): a few outliers decide the centers of k-center",
        "we_saw": "noise among the picks, plain and without the 2 % most isolated: "
        + ", ".join(f"{k} rows {a:.0%} and {b:.0%}" for k, (a, b) in table.items())
        + f" ({len(X)} digits, {len(noise)} of noise)",
        "holds": all(b < a / 2 for a, b in table.values()),
    }
