"""Density ratio: weights mend a model that is too simple, and harm one that is not."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.preprocessing import PolynomialFeatures

from cribble import core
from cribble.selectors.weighting.density_ratio import DensityRatio

SEEDS = 20


def run() -> dict[str, object]:
    """Draw train and target rows by body mass index, and fit a known answer to each.

    The covariates are those of 442 patients; the answer is known, so that it is known which of
    two models is well specified.
    """
    X = load_diabetes().data[:, [2, 3]] * 21
    answer = X[:, 0] + 0.7 * X[:, 0] ** 2
    degrees = {"too simple": 1, "well specified": 2}
    errors: dict[tuple[str, str], list[float]] = {}
    for seed in range(SEEDS):
        random = core.stream(seed, "split of the claim")
        aimed = random.random(len(X)) < 1 / (1 + np.exp(-2 * X[:, 0]))
        train, target = np.nonzero(~aimed)[0], np.nonzero(aimed)[0]
        noisy = answer + random.normal(size=len(X)) * 0.5
        pool = core.Pool.from_array(X[train], targets=[core.Pool.from_array(X[target])])
        chosen = DensityRatio(width=0.5).select(pool, core.Budget(rows=len(train)), seed)
        weights = np.empty(len(train))
        weights[chosen.indices] = chosen.weights
        for name, degree in degrees.items():
            terms = PolynomialFeatures(degree).fit_transform(X)
            for form, own in (("weighted", weights), ("unweighted", None)):
                model = Ridge(1e-3).fit(terms[train], noisy[train], sample_weight=own)
                gap = model.predict(terms[target]) - answer[target]
                errors.setdefault((name, form), []).append(float(np.mean(gap**2)))
    mean = {key: float(np.mean(found)) for key, found in errors.items()}
    return {
        "method": "density-ratio",
        "paper_says": "Shimodaira (2000): weights help a misspecified model on the target, and "
        "cost a well specified one variance",
        "we_saw": "squared error on the target, "
        + ", ".join(f"{name} {form} {value:.4f}" for (name, form), value in mean.items())
        + f" (442 patients, mean of {SEEDS} seeds)",
        "holds": bool(
            mean["too simple", "weighted"] < mean["too simple", "unweighted"]
            and mean["well specified", "weighted"] > mean["well specified", "unweighted"]
        ),
    }
