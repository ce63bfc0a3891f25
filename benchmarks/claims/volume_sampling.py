"""Volume sampling: fits as good as the pool's from few rows more than there are columns."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import PolynomialFeatures

from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.selectors.coresets.leverage import Leverage
from cribble.selectors.coresets.volume_sampling import VolumeSampling

SEEDS = 60


def run() -> dict[str, object]:
    """Fit a quadratic in four measures of diabetes patients to twice as many rows as columns."""
    X, y = load_diabetes(return_X_y=True)
    design = PolynomialFeatures(2).fit_transform(X[:, [2, 3, 8, 9]] * 20)
    pool, rows = core.Pool.from_array(design), 2 * design.shape[1]
    least = np.sum((design @ np.linalg.lstsq(design, y, rcond=None)[0] - y) ** 2)

    def excess(method: core.Selector) -> float:
        found = []
        for seed in range(SEEDS):
            chosen = method.select(pool, core.Budget(rows=rows), seed)
            root = np.ones(rows) if chosen.weights is None else np.sqrt(chosen.weights)
            picked = design[chosen.indices] * root[:, None]
            beta = np.linalg.lstsq(picked, y[chosen.indices] * root, rcond=None)[0]
            found.append(np.sum((design @ beta - y) ** 2) / least - 1)
        return float(np.median(found))

    volume, repeated = excess(VolumeSampling()), excess(VolumeSampling(rest="repeated"))
    leverage, uniform = excess(Leverage()), excess(Random())
    return {
        "method": "volume-sampling",
        "paper_says": "Nouy and Michel (2023): near the best fit with few rows, fewer than "
        "independent draws need, above all with repeated processes",
        "we_saw": f"squared error over the least: {volume:+.1%}, repeated {repeated:+.1%}, by "
        f"leverage alone {leverage:+.1%}, uniform {uniform:+.1%} ({rows} of {len(X)} rows, "
        f"{design.shape[1]} columns, median of {SEEDS} seeds)",
        "holds": bool(max(volume, repeated) < min(leverage, uniform)),
    }
