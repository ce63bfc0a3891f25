"""Top score: the hardest rows alone teach less than random ones when few may be kept."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict, train_test_split

from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.selectors.baselines.top_score import TopScore

KEPT, FLIPPED = 0.1, 0.1


def run() -> dict[str, object]:
    """Score the digits, a tenth with wrong labels, by EL2N; keep a tenth and train a probe."""
    X, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X / 16, y, test_size=0.4, random_state=0)
    rng = np.random.default_rng(0)
    wrong = rng.random(len(y_train)) < FLIPPED
    y_train = np.where(wrong, rng.integers(0, 10, len(y_train)), y_train)
    model = LogisticRegression(max_iter=300)
    chances = cross_val_predict(model, train, y_train, cv=5, method="predict_proba")
    difficulty = np.linalg.norm(chances - np.eye(10)[y_train], axis=1)
    pool = core.Pool(len(train), signals={"quality": difficulty})

    def accuracy(method: core.Selector, seed: int) -> float:
        rows = method.select(pool, core.Budget(share=KEPT), seed).indices
        return float(model.fit(train[rows], y_train[rows]).score(test, y_test))

    hardest = accuracy(TopScore(), 0)
    random = np.array([accuracy(Random(), seed) for seed in range(10)])
    return {
        "method": "top-score",
        "paper_says": "arXiv:2210.15809: at 90 % pruned, keeping the hardest rows loses to random",
        "we_saw": f"hardest {hardest:.3f}, random {random.mean():.3f} +- {random.std(ddof=1):.3f} "
        f"(digits, {FLIPPED:.0%} wrong labels, {KEPT:.0%} kept, 10 seeds)",
        "holds": bool(hardest < random.mean() - 2 * random.std(ddof=1)),
    }
