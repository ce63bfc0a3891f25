"""Pivotal leverage: fewer labels than independent leverage sampling for the same error."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_sample_image
from sklearn.preprocessing import PolynomialFeatures

from cribble import core
from cribble.selectors.coresets.leverage import Leverage
from cribble.selectors.coresets.pivotal_leverage import PivotalLeverage

SIDE, DEGREE, SEEDS = 64, 8, 40


def run() -> dict[str, object]:
    """Fit a polynomial of degree 8 to the brightness of a photograph on a grid of 64 x 64."""
    photo = load_sample_image("flower.jpg").mean(axis=2)
    at = [np.linspace(0, size - 1, SIDE).astype(int) for size in photo.shape]
    y = photo[np.ix_(*at)].ravel()
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, SIDE)] * 2, indexing="ij"), axis=-1)
    design = PolynomialFeatures(DEGREE).fit_transform(grid.reshape(-1, 2))
    # The first two columns after the constant are the coordinates, so put them first.
    design = np.concatenate([design[:, 1:3], design[:, :1], design[:, 3:]], axis=1)
    pool = core.Pool.from_array(design)
    least = np.sum((design @ np.linalg.lstsq(design, y, rcond=None)[0] - y) ** 2)

    def ratio(method: core.Selector, rows: int) -> float:
        found = []
        for seed in range(SEEDS):
            chosen = method.select(pool, core.Budget(rows=rows), seed)
            assert chosen.weights is not None
            root = np.sqrt(chosen.weights)
            part = design[chosen.indices] * root[:, None]
            beta = np.linalg.lstsq(part, y[chosen.indices] * root, rcond=None)[0]
            found.append(np.sum((design @ beta - y) ** 2) / least)
        return float(np.median(found))

    sizes = (60, 90, 135)
    table = {rows: (ratio(PivotalLeverage(), rows), ratio(Leverage(), rows)) for rows in sizes}
    return {
        "method": "pivotal-leverage",
        "paper_says": "Shimizu et al. (2024): up to half the samples of independent leverage "
        "sampling for the same accuracy",
        "we_saw": "squared error over the least, pivotal and independent: "
        + ", ".join(f"{rows} rows {a:.2f} and {b:.2f}" for rows, (a, b) in table.items())
        + f" ({design.shape[1]} columns, median of {SEEDS} seeds)",
        "holds": all(a < b for a, b in table.values()),
    }
