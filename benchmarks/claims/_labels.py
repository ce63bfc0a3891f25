"""Few labels among 300 digits, and how well the nearest labeled row tells the others."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble import core
from cribble.selectors.baselines.random import Random

ROWS, SIZE, DRAWS = 18, 300, 10


def accuracies(method: core.Selector) -> tuple[float, float]:
    """Mean accuracy of the nearest label over splits, and that of random rows."""
    digits = load_digits()

    def mean(one: core.Selector) -> float:
        found = []
        for seed in range(DRAWS):
            rows = core.stream(seed, "digits").choice(len(digits.data), SIZE, replace=False)
            unit = digits.data[rows] / np.linalg.norm(digits.data[rows], axis=1, keepdims=True)
            labels = digits.target[rows]
            picks = one.select(core.Pool.from_array(unit), core.Budget(rows=ROWS), seed).indices
            rest = np.setdiff1d(np.arange(SIZE), picks)
            nearest = picks[(unit[rest] @ unit[picks].T).argmax(axis=1)]
            found.append(np.mean(labels[nearest] == labels[rest]))
        return float(np.mean(found))

    return mean(method), mean(Random())
