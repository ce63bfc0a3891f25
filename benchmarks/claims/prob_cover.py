"""ProbCover: with a few labels, typical rows teach more than random ones or k-center's."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.selectors.coverage.k_center import KCenter
from cribble.selectors.coverage.prob_cover import ProbCover

ROWS, SEEDS = 20, 20


def run() -> dict[str, object]:
    """Label 20 digits and classify the others by the nearest of them."""
    X, y = load_digits(return_X_y=True)
    X = X / np.linalg.norm(X, axis=1, keepdims=True)
    train, test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)
    pool = core.Pool.from_array(train.astype(np.float32))

    def accuracy(method: core.Selector) -> float:
        found = []
        for seed in range(SEEDS):
            rows = method.select(pool, core.Budget(rows=ROWS), seed).indices
            model = KNeighborsClassifier(1).fit(train[rows], y_train[rows])
            found.append(model.score(test, y_test))
        return float(np.mean(found))

    ours, random, center = map(accuracy, (ProbCover(), Random(), KCenter()))
    return {
        "method": "prob-cover",
        "paper_says": "Yehuda et al. (2022): at small budgets covering likely balls beats random "
        "and k-center",
        "we_saw": f"accuracy of the nearest labeled row: {ours:.3f}, random {random:.3f}, k-center "
        f"{center:.3f} ({ROWS} of {len(train)} digits, mean of {SEEDS} seeds)",
        "holds": bool(ours > max(random, center)),
    }
