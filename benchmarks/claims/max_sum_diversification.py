"""Max-sum diversification: the largest mean distance, gathered at the rim."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from cribble.core import Budget, Pool
from cribble.selectors.diversity.max_sum_diversification import MaxSumDiversification


def run() -> dict[str, object]:
    """Compare the distances between 20 digits with those of 20 random sets."""
    X = load_digits().data
    pool = Pool.from_array(X)

    def gaps(rows: np.ndarray) -> np.ndarray:
        table = np.sqrt(((X[rows][:, None] - X[rows][None]) ** 2).sum(axis=2))
        return table[np.triu_indices(len(rows), 1)]

    ours = gaps(MaxSumDiversification().select(pool, Budget(rows=20)).indices)
    draws = [np.random.default_rng(seed).choice(len(X), 20, replace=False) for seed in range(20)]
    best = max(float(gaps(rows).mean()) for rows in draws)
    return {
        "method": "max-sum-diversification",
        "paper_says": "Borodin et al. (2012): greedy has at least half of the largest sum of "
        "distances",
        "we_saw": f"20 of 1797 digits: mean distance {ours.mean():.1f} (least {ours.min():.1f}), "
        f"the best of 20 random sets {best:.1f}",
        "holds": bool(ours.mean() > best),
    }
