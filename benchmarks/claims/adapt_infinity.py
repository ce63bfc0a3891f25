"""Adapt-infinity: old tasks survive while new ones come, from a store that never grows."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

from cribble import core
from cribble.selectors.baselines.random import Random
from cribble.selectors.coverage.adapt_infinity import AdaptInfinity

ROWS, STORED, SEEDS = 60, 250, 10
TASKS = ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))


def run() -> dict[str, object]:
    """Two new digits a round; train on 60 rows a round, and store at most 250 in between."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    X, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X / 16, y, test_size=0.4, random_state=0)

    def seen_accuracy(way: str, seed: int) -> float:
        model = SGDClassifier(loss="log_loss", alpha=1e-3, random_state=seed)
        stored, found = np.empty(0, dtype=np.int64), []
        for number, task in enumerate(TASKS):
            new = np.nonzero(np.isin(y_train, task))[0]
            rows = new if way == "newest" else np.concatenate([stored, new])
            signals = {"quality": np.zeros(len(rows)), "difficulty": np.zeros(len(rows))}
            if number:
                chances = model.predict_proba(train[rows])
                signals["quality"] = chances[np.arange(len(rows)), y_train[rows]]
                signals["difficulty"] = -(chances * np.log(np.maximum(chances, 1e-9))).sum(axis=1)
            pool = core.Pool.from_array(train[rows], signals=signals)
            adapt = way == "adapt"
            method = AdaptInfinity() if adapt else Random()
            chosen = rows[method.select(pool, core.Budget(rows=ROWS), seed).indices]
            for _ in range(20):
                model.partial_fit(train[chosen], y_train[chosen], classes=np.arange(10))
            keep = AdaptInfinity(step="retain") if adapt else Random()
            most = min(STORED, len(rows))
            stored = rows[keep.select(pool, core.Budget(rows=most), seed).indices]
            old = np.isin(y_test, np.ravel(TASKS[: number + 1]))
            found.append(model.score(test[old], y_test[old]))
        return float(np.mean(found[1:]))

    adapt, stored, newest = (
        float(np.mean([seen_accuracy(way, seed) for seed in range(SEEDS)]))
        for way in ("adapt", "stored", "newest")
    )
    return {
        "method": "adapt-infinity",
        "paper_says": "Maharana et al. (2025): choosing and pruning by skill keeps old tasks "
        "with a fraction of the data",
        "we_saw": f"accuracy over all digits seen so far, two new ones in each of five rounds: "
        f"adapt-infinity {adapt:.3f}, random of what is stored and new {stored:.3f}, random of the "
        f"newest alone {newest:.3f} ({ROWS} rows a round, {STORED} stored, {SEEDS} seeds)",
        "holds": bool(adapt > max(stored, newest)),
    }
