"""kMQ: covering clusters teaches more than random, k-center less; rounds leave noisy clusters."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict, train_test_split

from cribble import core
from cribble.kernels.cells import cells_of
from cribble.selectors.baselines.random import Random
from cribble.selectors.coverage.k_center import KCenter
from cribble.selectors.coverage.kmq import Kmq

ROWS, SEEDS = 40, 20
CLUSTERS, NOISY, WRONG, ROUNDS = 20, 10, 0.6, 3


def run() -> dict[str, object]:
    """Pick 40 digits, train a linear probe, over 20 seeds; quality is closeness to the mean ink."""
    X, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X / 16, y, test_size=0.4, random_state=0)
    ink = train.sum(axis=1)
    quality = -np.abs(ink - ink.mean()) / ink.std()
    pool = core.Pool.from_array(train, signals={"quality": quality})
    model = LogisticRegression(max_iter=300)

    def accuracy(method: core.Selector) -> float:
        found = []
        for seed in range(SEEDS):
            rows = method.select(pool, core.Budget(rows=ROWS), seed).indices
            found.append(model.fit(train[rows], y_train[rows]).score(test, y_test))
        return float(np.mean(found))

    random, center, quality_draw = map(accuracy, (Random(), KCenter(), Kmq(clusters=CLUSTERS)))
    before, gain, behind = noisy_shares(train, y_train)
    return {
        "method": "kmq",
        "paper_says": "Yu et al. (2024): on instructions kMQ beats random, and k-center does not; "
        "in rounds, clusters that teach less lose weight",
        "we_saw": f"probe accuracy: kMQ {quality_draw:.3f}, random {random:.3f}, k-center "
        f"{center:.3f} ({ROWS} of {len(train)} digits, mean of {SEEDS} seeds); weight of the "
        f"{NOISY} of {CLUSTERS} clusters with {WRONG:.0%} wrong labels: {before:.2f} at first, "
        f"{gain:.2f} after {ROUNDS} rounds where rows score by what held-out rows say of their "
        f"labels, {behind:.2f} where they score, as in the source, by how far the model is behind",
        "holds": bool(quality_draw > random > center and gain < before),
    }


def noisy_shares(train: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Weight of clusters with wrong labels: at first, and at last by two ways to score rows."""
    held = np.arange(len(train)) % 4 == 0
    clean, rest = np.flatnonzero(held), np.flatnonzero(~held)
    X, teacher = train[rest], LogisticRegression(max_iter=300).fit(train[clean], truth[clean])
    shares = []
    for seed in range(SEEDS // 4):
        rng = np.random.default_rng(seed)
        noisy = rng.permutation(CLUSTERS) < NOISY
        wrong = noisy[cells_of(X, CLUSTERS, seed=seed, spherical=True).codes]
        wrong &= rng.random(len(X)) < WRONG
        labels = np.where(wrong, (truth[rest] + rng.integers(1, 10, len(X))) % 10, truth[rest])
        pool = core.Pool.from_array(X, signals={"quality": np.zeros(len(X))})
        sure = teacher.predict_proba(X)[np.arange(len(X)), labels]

        def behind(rows: np.ndarray, labels: np.ndarray = labels) -> np.ndarray:
            model = LogisticRegression(max_iter=300)
            folds = cross_val_predict(model, X[rows], labels[rows], cv=2, method="predict")
            return (folds != labels[rows]).astype(float)

        for score in (lambda rows, sure=sure: sure[rows], behind):
            method = Kmq(clusters=CLUSTERS, rounds=ROUNDS, score=score)
            told = method.select(pool, core.Budget(rows=150), seed).stats["weights"]
            shares.append([np.asarray(one)[noisy].sum() for one in (told[0], told[-1])])
    found = np.array(shares).reshape(-1, 2, 2)
    return float(found[:, 0, 0].mean()), *found[:, :, 1].mean(axis=0).tolist()
